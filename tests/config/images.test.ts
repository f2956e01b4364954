/** Mesos and Marathon in containers: what a description of it has to say, and what is refused with which remedy. */
import { marathonLeaf } from "../../components/marathon/schema";
import { mesosLeaf } from "../../components/mesos/schema";
import { systems } from "../../components/systems";
import { zookeeperLeaf } from "../../components/zookeeper/schema";
import { faultLine, type DataCentre, type Role } from "../../config";
import { isImaged } from "../../config/catalogue";
import { factsOf } from "../../config/systems";
import { checkWhole, type Edit } from "./good";

const mesos = { kind: "images", master: "mesosphere/mesos-master:1.11.0", agent: "mesosphere/mesos-slave:1.11.0" };
const marathon = { kind: "images", image: "mesosphere/marathon:v1.11.24" };
/** The default description with everything in containers, on engines that reach any registry. */
const imaged: Edit = { "sources.mesos": mesos, "sources.marathon": marathon, "mesos.containerizers": ["docker"], "docker.reachableRegistries": undefined, "calico.networks": undefined };
/** The images that a role's programs run in. */
const imagesFor = (role: Role, dc: DataCentre): string[] =>
    systems.parts.flatMap((part) => part.images(dc)).flatMap((one) => (one.role === role ? [one.image] : []));
const rolesOfMaster = ["docker", "glusterfs", "zookeeper", "etcd", "mesos-master", "mesos-agent", "marathon"];

it("is taken, and then nothing of them is installed", () => {
    const { dataCentre: dc, faults } = checkWhole(imaged);
    expect(faults).toEqual([]);
    for (const role of ["mesos-master", "mesos-agent", "marathon"] as const) {
        // But for what our own steps use on the host.
        const tools = role === "marathon" ? ["jq"] : [];
        expect([factsOf(systems, role).packages(dc!, "apt"), factsOf(systems, role).packages(dc!, "yum")]).toEqual([tools, tools]);
    }
    expect(imagesFor("mesos-agent", dc!)).toEqual([mesos.agent]);
    expect(imagesFor("docker", dc!)).toEqual([]);
    expect([isImaged(mesosLeaf, dc!), isImaged(marathonLeaf, dc!), isImaged(zookeeperLeaf, dc!)]).toEqual([true, true, false]);
});

it("can be for one of the two alone", () => {
    const { dataCentre: dc, faults } = checkWhole({ ...imaged, "sources.mesos": { kind: "repository", apt: { url: "file:///srv/apt" } } });
    expect(faults).toEqual([]);
    expect(factsOf(systems, "mesos-agent").packages(dc!, "apt")).toEqual(["mesos=1.11.0"]);
    expect(factsOf(systems, "marathon").packages(dc!, "apt")).toEqual(["jq"]);
});

const rows: [what: string, edit: Edit, told: Record<string, RegExp>][] = [
    ["a node without engine", { "nodes[3].roles": ["glusterfs", "etcd", "mesos-agent"] }, { "nodes[3].roles": /mesos-agent runs in containers.*agent3 lacks the role docker.*add docker/i }],
    ["another containerizer", { "mesos.containerizers": ["docker", "mesos"] }, { "mesos.containerizers": /docker containerizer only.*\[docker\]/ }],
    ["no docker containerizer", { "mesos.containerizers": ["mesos"] }, { "mesos.containerizers": /docker containerizer only/ }],
    ["an app that is no container", { apps: [{ id: "/a", cpus: 0.1, mem: 32, cmd: "sleep 9" }] }, { "apps[0].container": /start Docker containers only.*type: DOCKER/ }],
    ["an image without version", { "sources.mesos.agent": "mesosphere/mesos-slave" }, { "sources.mesos.agent": /says no version.*tag or digest/ }],
    ["an image whose port is no version", { "sources.marathon.image": "master1:5000/marathon" }, { "sources.marathon.image": /says no version/ }],
    ["whatever is latest", { "sources.mesos.master": "mesosphere/mesos-master:latest" }, { "sources.mesos.master": /says no version/ }],
    ["no image reference", { "sources.mesos.master": "Mesos Master" }, { "sources.mesos.master": /image reference/ }],
    ["a missing image", { "sources.mesos.agent": undefined }, { "sources.mesos.agent": /./ }],
    ["a version besides the tag's", { "versions.mesos": "1.11.0" }, { "versions.mesos": /tags say the version.*leave it out/i }],
    ["an engine that does not get the images", { "docker.reachableRegistries": ["master1:5000"] }, {
        "sources.mesos.master": /master1 reaches only master1:5000.*docker\.images/,
        "sources.mesos.agent": /reaches only master1:5000/,
        "sources.marathon.image": /reaches only master1:5000/,
    }],
];

it.each(rows)("refuses %s", (_, edit, told) => {
    const { faults, dataCentre } = checkWhole({ ...imaged, "nodes[0].roles": rolesOfMaster, ...edit });
    expect(faults.map(({ key }) => key.replace("datacentre:", "")).sort()).toEqual(Object.keys(told).sort());
    for (const fault of faults) {
        expect(faultLine(fault)).toMatch(told[fault.key.replace("datacentre:", "")] ?? /^$/);
    }
    expect(dataCentre).toBeUndefined();
});

it("takes an image from a registry that is reached, and from an archive", () => {
    const archives = [mesos.master, mesos.agent].map((image) => ({ image, archive: "file:///srv/image.tar" }));
    const { faults } = checkWhole({
        ...imaged,
        "docker.reachableRegistries": ["master1:5000"],
        "docker.images": archives,
        "sources.marathon.image": "master1:5000/marathon:v1.11.24",
        registry: undefined,
        marathonLb: undefined,
    });
    expect(faults).toEqual([]);
});
