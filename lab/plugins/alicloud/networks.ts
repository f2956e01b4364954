import { overlaps, parseNetwork, within } from "../../../config/network";
import { messageOf, ProviderError } from "../provider/errors";
import type { PropertyMap } from "../provider/values";
import { stringOf } from "../docker/values";
import { zonesOf } from "./catalogue";
import { now, type CloudDriver } from "./driver";
import { ApiError } from "./errors";
import { natFields, snatFields, vpcFields, vswitchFields } from "./fields";
import { newId } from "./store";

const vpcType = "alicloud_vpc";

/** A VPC is a network of the engine's, by the VPC's name. */
export const vpcDriver: CloudDriver = {
    fields: vpcFields,

    async create(cloud, planned) {
        const [name, cidr] = [stringOf(planned, "vpcName"), stringOf(planned, "cidrBlock") || "172.16.0.0/12"];
        cloud.fail(vpcType, "CreateVpc", name);
        const network = parseNetwork(cidr);
        if (!network || network.bits < 8 || network.bits > 28) {
            throw new ApiError(vpcType, "CreateVpc", "InvalidCidrBlock.Malformed", cidr);
        }
        const id = newId("vpc");
        const engineName = name === "" ? id : name;
        await cloud.makeNetwork(engineName, cidr).catch((error: unknown) => {
            throw new ProviderError(
                `the stand-in of the alicloud provider could not make the Docker network ${engineName} for ${cidr}: ${messageOf(error)}. ` +
                    "Its name and addresses must be nobody else's on this machine: another stack may have them",
            );
        });
        cloud.store.change((account) => (account.vpcs[id] = { name, cidr, network: engineName }));
        return { id, state: { ...planned, cidrBlock: cidr, ...vpcOutputs(cloud.region, id) } };
    },

    async read(cloud, id, state) {
        const vpc = cloud.store.read().vpcs[id];
        if (!vpc || !(await cloud.api.find(`/networks/${encodeURIComponent(vpc.network)}`))) {
            return undefined;
        }
        return { id, state: { ...state, cidrBlock: vpc.cidr } };
    },

    async delete(cloud, id) {
        const account = cloud.store.read();
        const vpc = account.vpcs[id];
        if (!vpc) {
            return;
        }
        if ([...Object.values(account.vswitches), ...Object.values(account.groups)].some((one) => one.vpc === id)) {
            throw new ApiError(vpcType, "DeleteVpc", "DependencyViolation", id);
        }
        await cloud.removeNetwork(vpc.network);
        cloud.store.change(({ vpcs }) => delete vpcs[id]);
        await removeInternet(cloud);
    },
};

const vpcOutputs = (region: string, id: string): PropertyMap => ({
    ...{ status: "Available", createTime: now(), regionId: region, routerId: id.replace("vpc", "vrt"), routeTableId: id.replace("vpc", "vtb") },
    ...{ routerTableId: id.replace("vpc", "vtb"), ipv6CidrBlocks: [], resourceGroupId: "rg-standin" },
});

/** What stands for the internet goes with the last that needs it. */
export async function removeInternet(cloud: Parameters<CloudDriver["delete"]>[0]): Promise<void> {
    const account = cloud.store.read();
    if (account.internet && Object.keys(account.vpcs).length === 0 && Object.keys(account.eips).length === 0) {
        await cloud.removeNetwork(account.internet.network);
        cloud.store.change((after) => delete after.internet);
    }
}

const vswitchType = "alicloud_vswitch";

/** A vSwitch is a part of its VPC's addresses, in a zone. */
export const vswitchDriver: CloudDriver = {
    fields: vswitchFields,

    async create(cloud, planned) {
        const [vpcId, cidr, zone] = [stringOf(planned, "vpcId"), stringOf(planned, "cidrBlock"), stringOf(planned, "zoneId")];
        cloud.fail(vswitchType, "CreateVSwitch", stringOf(planned, "vswitchName"));
        const refuse = (code: string, what: string) => new ApiError(vswitchType, "CreateVSwitch", code, what);
        const id = newId("vsw");
        cloud.store.change((account) => {
            const vpc = account.vpcs[vpcId];
            const [outer, inner] = [parseNetwork(vpc?.cidr ?? ""), parseNetwork(cidr)];
            if (!vpc || !outer) {
                throw refuse("InvalidVpcId.NotFound", vpcId);
            }
            if (!zonesOf(cloud.region).includes(zone)) {
                throw refuse("InvalidZoneId.NotFound", zone);
            }
            if (!inner || inner.bits < 16 || inner.bits > 29 || !within(outer, inner)) {
                throw refuse("InvalidCidrBlock.Malformed", cidr);
            }
            const others = Object.values(account.vswitches).filter((one) => one.vpc === vpcId);
            if (others.some((one) => overlaps(parseNetwork(one.cidr) ?? inner, inner))) {
                throw refuse("InvalidCidrBlock.Overlapped", cidr);
            }
            account.vswitches[id] = { vpc: vpcId, cidr, zone };
        });
        return { id, state: { ...planned, status: "Available", createTime: now(), ipv6CidrBlock: "" } };
    },

    async read(cloud, id, state) {
        const vswitch = cloud.store.read().vswitches[id];
        return vswitch ? { id, state: { ...state, vpcId: vswitch.vpc, cidrBlock: vswitch.cidr, zoneId: vswitch.zone } } : undefined;
    },

    async delete(cloud, id) {
        cloud.store.change((account) => {
            const used = [...Object.values(account.instances), ...Object.values(account.nats)].some(({ vswitch }) => vswitch === id);
            if (used) {
                throw new ApiError(vswitchType, "DeleteVSwitch", "DependencyViolation.VSwitch", id);
            }
            delete account.vswitches[id];
        });
    },
};

const natType = "alicloud_nat_gateway";

/** A NAT gateway is a note; what it does is done by the machines' filters. */
export const natDriver: CloudDriver = {
    fields: natFields,

    async create(cloud, planned) {
        const [vpc, vswitch] = [stringOf(planned, "vpcId"), stringOf(planned, "vswitchId")];
        cloud.fail(natType, "CreateNatGateway", stringOf(planned, "natGatewayName"));
        if (stringOf(planned, "natType") !== "Enhanced") {
            throw new ApiError(natType, "CreateNatGateway", "InvalidNatType.NotSupported", "only Enhanced is sold");
        }
        const id = newId("ngw");
        cloud.store.change((account) => {
            if (account.vswitches[vswitch]?.vpc !== vpc) {
                throw new ApiError(natType, "CreateNatGateway", "InvalidVSwitchId.NotFound", vswitch);
            }
            account.nats[id] = { vpc, vswitch };
        });
        const tables = { snatTableIds: id.replace("ngw", "stb"), forwardTableIds: id.replace("ngw", "ftb") };
        return { id, state: { ...planned, ...tables, status: "Available" } };
    },

    async read(cloud, id, state) {
        return cloud.store.read().nats[id] ? { id, state } : undefined;
    },

    async delete(cloud, id) {
        cloud.store.change((account) => {
            if (Object.values(account.snats).some(({ nat }) => nat === id) || Object.values(account.eips).some(({ boundTo }) => boundTo === id)) {
                throw new ApiError(natType, "DeleteNatGateway", "DependencyViolation", id);
            }
            delete account.nats[id];
        });
    },
};

const snatType = "alicloud_snat_entry";

export const snatDriver: CloudDriver = {
    fields: snatFields,

    async create(cloud, planned) {
        const table = stringOf(planned, "snatTableId");
        const address = stringOf(planned, "snatIp");
        cloud.fail(snatType, "CreateSnatEntry", stringOf(planned, "snatEntryName"));
        const nat = table.replace("stb", "ngw");
        const id = newId("snat");
        cloud.store.change((account) => {
            const bound = Object.values(account.eips).some((eip) => eip.address === address && eip.boundTo === nat);
            if (!account.nats[nat] || !bound) {
                throw new ApiError(snatType, "CreateSnatEntry", "IncorrectEipStatus", `${address} is not bound to the gateway of ${table}`);
            }
            const vswitch = stringOf(planned, "sourceVswitchId");
            const cidr = stringOf(planned, "sourceCidr");
            account.snats[id] = { nat, address, ...(vswitch === "" ? {} : { vswitch }), ...(cidr === "" ? {} : { cidr }) };
        });
        await cloud.sync();
        return { id: `${table}:${id}`, state: { ...planned, snatEntryId: id, status: "Available" } };
    },

    async read(cloud, id, state) {
        return cloud.store.read().snats[id.split(":")[1] ?? ""] ? { id, state } : undefined;
    },

    async delete(cloud, id) {
        cloud.store.change(({ snats }) => delete snats[id.split(":")[1] ?? ""]);
        await cloud.sync();
    },
};
