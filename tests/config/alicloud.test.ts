import { parseDataCentre, parseStackFile } from "../../components/description";
import { rawStack } from "../nodes/alicloud-sample";
import type { Edit } from "./good";

const told = (stack: string, edit: Edit) => {
    const { faults, warnings } = parseDataCentre(rawStack(stack, edit), { stack });
    const lines = (all: typeof faults) => all.map(({ key, problem }) => `${key.replace("datacentre:", "")}: ${problem}`);
    return { faults: lines(faults), warnings: lines(warnings) };
};

describe("the tracked stacks", () => {
    it.each(["dev", "prod"])("%s is without fault", (stack) => expect(parseStackFile(stack).faults).toEqual([]));

    it("dev is document 000's four nodes", () => {
        const { dataCentre } = parseStackFile("dev");
        expect(dataCentre?.nodes.map(({ name, address }) => [name, address])).toEqual([
            ["master1", "172.18.1.1"],
            ["agent1", "172.18.1.2"],
            ["agent2", "172.18.1.3"],
            ["agent3", "172.18.1.4"],
        ]);
    });

    it("prod has three masters in three zones, five members, an arbiter, and protection", () => {
        const { dataCentre: dc } = parseStackFile("prod");
        const count = (role: string) => dc?.nodes.filter(({ roles }) => (roles as string[]).includes(role)).length;
        expect(["mesos-master", "zookeeper", "etcd"].map(count)).toEqual([3, 5, 5]);
        expect(dc?.glusterfs.volumes.every(({ arbiter }) => arbiter !== undefined)).toBe(true);
        expect(dc?.security).toBe("default");
        expect(dc?.provider).toMatchObject({ instance: { deletionProtection: true } });
    });
});

describe("is refused:", () => {
    it.each<[string, string, Edit, string]>([
        ["a VPC in document 000's public space", "dev", { "provider.subnet": "172.0.0.0/24" }, "provider.subnet: 172.0.0.0/24 is public address space"],
        ["a VPC where the cloud has its services", "dev", { "provider.subnet": "100.64.0.0/16" }, "provider.subnet: 100.64.0.0/16 is within 100.64.0.0/10"],
        ["a VPC too small", "dev", { "provider.subnet": "172.18.1.0/29" }, "provider.subnet: a VPC's prefix is of 8 to 28 bits"],
        ["one vSwitch for too much", "dev", { "provider.subnet": "10.0.0.0/8", nodes: [{ name: "master1", address: "10.0.0.1" }] }, "provider.subnet: a vSwitch's prefix is of 16 to 29 bits"],
        ["a vSwitch outside of the VPC", "prod", { "provider.vswitches[0].subnet": "172.19.1.0/24" }, "provider.vswitches[0].subnet: 172.19.1.0/24 is outside of the VPC's 172.18.0.0/16"],
        ["vSwitches that overlap", "prod", { "provider.vswitches[1].subnet": "172.18.0.0/22" }, "provider.vswitches[1].subnet: 172.18.0.0/22 overlaps the vSwitch 172.18.1.0/24"],
        ["a vSwitch with host bits", "prod", { "provider.vswitches[0].subnet": "172.18.1.7/24" }, "provider.vswitches[0].subnet: 172.18.1.7/24 is an address within a network"],
        ["a zone of another region", "prod", { "provider.vswitches[0].zone": "cn-beijing-a" }, "provider.vswitches[0].zone: cn-beijing-a is no zone of cn-hangzhou"],
        ["an address on no vSwitch", "prod", { "nodes[3].address": "172.18.9.11" }, "nodes[3].address: 172.18.9.11 is on none of the vSwitches"],
        ["an address among the last three", "dev", { "nodes[3].address": "172.18.1.253" }, "nodes[3].address: 172.18.1.253 is among the first and the last three"],
        ["the first address of an inner vSwitch", "prod", { "nodes[1].address": "172.18.2.0" }, "nodes[1].address: 172.18.2.0 is among the first and the last three"],
        ["a bastion that is no node", "dev", { "provider.bastion": "jump" }, "provider.bastion: there is no node jump"],
        ["no bastion", "dev", { "provider.bastion": undefined }, "provider.bastion: this is missing"],
        ["nobody who may come in", "dev", { "provider.operatorCidrs": [] }, "provider.operatorCidrs: this is too short or too long"],
        ["an operator's address without /32", "dev", { "provider.operatorCidrs": ["198.18.0.1/24"] }, "provider.operatorCidrs[0]: 198.18.0.1/24 is an address within a network"],
        ["PrePaid for no time", "dev", { "provider.instance": { chargeType: "PrePaid" } }, "provider.instance.period: PrePaid machines are bought for some time"],
        ["PrePaid for ten months", "dev", { "provider.instance": { chargeType: "PrePaid", period: 10 } }, "provider.instance.period: machines are not sold for 10 months"],
        ["PrePaid for four weeks", "dev", { "provider.instance": { chargeType: "PrePaid", period: 4, periodUnit: "Week" } }, "provider.instance.period: machines are not sold for 4 weeks"],
        ["spot and PrePaid", "dev", { "provider.instance": { chargeType: "PrePaid", period: 1, spot: "SpotAsPriceGo" } }, "provider.instance.spot: spot machines are paid by use"],
        ["spot on some PrePaid nodes", "dev", { "provider.instance": { chargeType: "PrePaid", period: 1 }, "provider.instances": [{ nodes: ["agent1"], spot: "SpotAsPriceGo" }] }, "provider.instances[0].spot: spot machines are paid by use"],
        ["a price limit without a strategy", "dev", { "provider.instance": { spotPriceLimit: 1 } }, "provider.instance.spotPriceLimit: a limit does nothing with NoSpot"],
        ["a strategy without its limit", "dev", { "provider.instance": { spot: "SpotWithPriceLimit" } }, "provider.instance.spotPriceLimit: SpotWithPriceLimit has no limit"],
        ["protection of a spot machine", "dev", { "provider.instance": { spot: "SpotAsPriceGo", deletionProtection: true } }, "provider.instance.deletionProtection: spot machines are taken away"],
        ["protection of a subscription", "dev", { "provider.instance": { chargeType: "PrePaid", period: 1, deletionProtection: true } }, "provider.instance.deletionProtection: deletion protection is for PostPaid"],
        ["settings of no node", "dev", { "provider.instances": [{ nodes: ["agent9"] }] }, "provider.instances[0].nodes[0]: there is no node agent9"],
        ["settings of one node twice", "dev", { "provider.instances": [{ nodes: ["agent1"] }, { nodes: ["agent1"] }] }, "provider.instances[1].nodes[0]: agent1 is named in instances[0] already"],
        ["a type that is none", "dev", { "provider.instance": { type: "g7.xlarge" } }, 'provider.instance.type: "g7.xlarge" is not in a form'],
        ["a system disk's level without its size", "dev", { "provider.instance.systemDisk": { performanceLevel: "PL2" } }, "provider.instance.systemDisk.performanceLevel: PL2 begins at 461 GiB"],
        ["a level of the wrong category", "dev", { "provider.instance.systemDisk": { category: "cloud_ssd", performanceLevel: "PL1" } }, "provider.instance.systemDisk.performanceLevel: cloud_ssd disks have no performance levels"],
        ["a system disk too small", "dev", { "provider.instance.systemDisk": { sizeGiB: 10 } }, "provider.instance.systemDisk.sizeGiB: 10 is out of range"],
        ["a data disk too small", "dev", { "provider.disks[0].sizeGiB": 10 }, "provider.disks[0].sizeGiB: cloud_essd disks of PL1 have 20 to 65536 GiB"],
        ["a data disk too small for its level", "dev", { "provider.disks[0].performanceLevel": "PL3" }, "provider.disks[0].sizeGiB: cloud_essd disks of PL3 have 1261 to 65536 GiB"],
        ["a data disk too small for its category", "dev", { "provider.disks[0]": { name: "data", mount: "/data", category: "cloud_efficiency", sizeGiB: 19 } }, "provider.disks[0].sizeGiB: cloud_efficiency disks have 20 to 32768 GiB"],
        ["two disks in one place", "dev", { "provider.disks[1].mount": "/data" }, "provider.disks[1].mount: on master1, /data is where disks[0] is mounted already"],
        ["two disks of one name", "dev", { "provider.disks[1].name": "data" }, "provider.disks[1].name: data is the name of disks[0] already"],
        ["a disk over the system", "dev", { "provider.disks[0].mount": "/var/lib" }, "provider.disks[0].mount: /var/lib is the machine's own"],
        ["a disk of no node", "dev", { "provider.disks[0].nodes": ["agent9"] }, "provider.disks[0].nodes[0]: there is no node agent9"],
        ["one disk on two nodes", "dev", { "provider.disks[0].existing": [{ node: "agent1", id: "d-a" }, { node: "agent2", id: "d-a" }] }, "provider.disks[0].existing[1].id: d-a is on another node already"],
        ["a login that machines do not have", "dev", { "nodes[1].ssh": { user: "admin" } }, "nodes[1].ssh.user: hosts of provider alicloud are set up for root"],
        ["another SSH port", "dev", { "nodes[1].ssh": { port: 2222 } }, "nodes[1].ssh.port: hosts of provider alicloud listen on port 22"],
        ["a service open to everybody", "dev", { "provider.openings": [{ to: "marathon", ports: "8080", from: ["0.0.0.0/0"] }] }, "provider.openings[0].from[0]: marathon would be open to the whole internet"],
        ["ports the wrong way round", "dev", { "provider.openings": [{ to: "marathon-lb", ports: "90-80", from: ["docker"] }] }, "provider.openings[0].ports: 90-80 is no range"],
        ["Calico without encapsulation", "dev", { "calico.pools": [{ name: "pods", cidr: "10.240.0.0/16", encapsulation: "none" }] }, "calico.pools[0].encapsulation: the VPC does not know the addresses of pods"],
        ["a tag of the stack's own", "dev", { "provider.tags": { "datacentre.stack": "mine" } }, "provider.tags.datacentre.stack: tags that begin with datacentre."],
        ["a key that is not known", "dev", { "provider.vpcId": "vpc-1" }, "provider.vpcId: there is no key vpcId here"],
    ])("%s", (_what, stack, edit, expected) => {
        const { faults } = told(stack, edit);
        expect(faults.filter((line) => line.startsWith(expected))).toHaveLength(1);
    });
});

describe("is told:", () => {
    it.each<[string, string, Edit, string]>([
        ["everybody may try SSH", "dev", {}, "provider.operatorCidrs[0]: anybody on the internet may try"],
        ["a network of books", "prod", {}, "provider.operatorCidrs[0]: 203.0.113.0/24 is for examples only"],
        ["a private operator", "dev", { "provider.operatorCidrs": ["10.1.0.0/16"] }, "provider.operatorCidrs[0]: 10.1.0.0/16 is private space"],
        ["a period of PostPaid", "dev", { "provider.instance": { period: 1 } }, "provider.instance.period: period is for PrePaid"],
        ["subscriptions that stay", "dev", { "provider.instance": { chargeType: "PrePaid", period: 1 } }, "provider.instance.forceDelete: PrePaid machines are not deleted"],
        ["a public marathon-lb", "dev", { "provider.openings": [{ to: "marathon-lb", ports: "80", from: ["0.0.0.0/0"] }] }, "provider.openings[0].from[0]: anybody on the internet"],
        ["IP in IP", "dev", { "calico.pools": [{ name: "pods", cidr: "10.240.0.0/16", encapsulation: "ipip" }] }, "calico.pools[0].encapsulation: security groups cannot name IP in IP"],
        ["a host key nobody looks at", "dev", { "nodes[0].ssh": { hostKey: "ssh-ed25519 AAAA" } }, "nodes[0].ssh.hostKey: hosts of provider alicloud get a key"],
    ])("%s", (_what, stack, edit, expected) => {
        const { warnings } = told(stack, edit);
        expect(warnings.filter((line) => line.startsWith(expected))).toHaveLength(1);
    });
});

it("says nothing of clouds to other providers", () => {
    const { faults, warnings } = told("local", {});
    expect([...faults, ...warnings].filter((line) => line.startsWith("provider"))).toEqual([]);
});
