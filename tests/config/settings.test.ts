/** Settings of Mesos, Marathon and GlusterFS that the programs themselves take otherwise than they look. */
import { faultLine, type Fault } from "../../config";
import { wordsOf } from "../../components/marathon/flags";
import { unitDropIn } from "../../components/marathon/plan";
import { readAttribute } from "../../components/mesos/attributes";
import { isolatorsOf } from "../../components/mesos/isolation";
import { check, checkWhole, type Edit } from "./good";

type Row = readonly [what: string, edit: Edit, told: Readonly<Record<string, RegExp>>];

const app = (more: object = {}) => ({ id: "/web", cpus: 0.1, mem: 32, cmd: "sleep 100", ...more });
const unpacked = (image = "master1:5000/x:1") => ({ type: "MESOS", docker: { image } });
const key = (fault: Fault) => fault.key.replace("datacentre:", "");
/** Without networks of the Mesos containerizer, which give agents flags of their own. */
const judged = (edit: Edit) => checkWhole({ "calico.networks": undefined, ...edit });
const images = "posix/cpu,posix/mem,filesystem/linux,docker/runtime";
const volume = (name: string): Edit => ({ "glusterfs.volumes[0].name": name });

const refused: Row[] = [
    ["an attribute that is no number to Mesos", { "mesos.attributes": { rack: "nan" } }, { "mesos.attributes.rack": /negative, infinite or none/ }],
    ["an attribute below 0", { "nodes[1].mesos.attributes": { rack: "-1" } }, { "nodes[1].mesos.attributes.rack": /reads -1 as a number.*such as rack1/ }],
    ["isolators twice", { "mesos.agentFlags": { isolation: "posix/cpu,posix/cpu" } }, { "mesos.agentFlags.isolation": /posix\/cpu is there twice/ }],
    ["two isolators of file systems", { "mesos.agentFlags": { isolation: "filesystem/linux,filesystem/posix" } }, { "mesos.agentFlags.isolation": /one isolator of file systems/ }],
    ["two isolators of networks", { "mesos.agentFlags": { isolation: "network/cni,network/port_mapping" } }, { "mesos.agentFlags.isolation": /one isolator of networks/ }],
    ["images without what they need", { "mesos.agentFlags": { image_providers: "docker", isolation: "cgroups/cpu,filesystem/posix" } }, {
        "mesos.agentFlags.isolation": /without filesystem\/linux and docker\/runtime.*write cgroups\/cpu,filesystem\/linux,docker\/runtime/i,
    }],
    ["images of nobody", { "mesos.agentFlags": { image_providers: "oci", isolation: "filesystem/linux" } }, { "mesos.agentFlags.image_providers": /no images of oci/ }],
    ["images by another launcher", { "mesos.agentFlags": { image_providers: "docker", isolation: images, launcher: "posix" } }, { "mesos.agentFlags.launcher": /needs the launcher linux/ }],
    ["GPUs without what they need", { "mesos.agentFlags": { isolation: "gpu/nvidia" } }, { "mesos.agentFlags.isolation": /write gpu\/nvidia,filesystem\/linux,cgroups\/devices/i }],
    ["a flag that is on or off, with nothing", { "mesos.agentFlags": { strict: "" } }, { "mesos.agentFlags.strict": /is on or off, and this is nothing/ }],
    ["a master's flag that is neither on nor off", { "mesos.masterFlags": { authenticate: "yes" } }, { "mesos.masterFlags.authenticate": /"true" or "false"/ }],
    ["a flag that is turned off by its name", { "mesos.agentFlags": { no_strict: "true" } }, { "mesos.agentFlags.no_strict": /write strict: "false"/i }],
    ["more of the disk than there is", { "mesos.agentFlags": { gc_disk_headroom: "10" } }, { "mesos.agentFlags.gc_disk_headroom": /from 0 to 1/ }],
    ["a node's port of its own for tasks", { "nodes[1].mesos.ports": ["2000-3000"] }, { "nodes[1].mesos.ports[0]": /2181 is that of ZooKeeper for clients on agent1.*"2000-2180"/ }],
    ["SSH's port for tasks", { "mesos.ports": ["22", "31000-32000"] }, { "mesos.ports[0]": /22 is that of SSH.*take it out/i }],
    ["a toggle with a value", { "marathon.flags": { metrics_prometheus: "yes" } }, { "marathon.flags.metrics_prometheus": /takes no value\. Write "true", or "false"/ }],
    ["an option without its value", { "marathon.flags": { mesos_user: "" } }, { "marathon.flags.mesos_user": /takes a value/ }],
    ["a number that is none", { "marathon.flags": { max_apps: "ten" } }, { "marathon.flags.max_apps": /whole number/ }],
    ["a word that is none of those", { "marathon.flags": { gpu_scheduling_behavior: "on" } }, { "marathon.flags.gpu_scheduling_behavior": /restricted, unrestricted/ }],
    ["a feature that is none", { "marathon.flags": { enable_features: "secrets,gpus" } }, { "marathon.flags.enable_features": /no feature gpus/ }],
    ["an option that is gone", { "marathon.flags": { default_accepted_resource_roles: "*" } }, { "marathon.flags.default_accepted_resource_roles": /behavior: unreserved/ }],
    ["a toggle both ways", { "marathon.flags": { ha: "", disable_ha: "" } }, { "marathon.flags.disable_ha": /keep one/i }],
    ["a proof of nobody", { "marathon.flags": { mesos_authentication: "true" } }, { "marathon.flags.mesos_authentication": /mesos_authentication_principal/ }],
    ["more deployments than versions", { "marathon.flags": { max_running_deployments: "600" } }, { "marathon.flags.max_running_deployments": /more than twice/ }],
    ["a role that masters do not let in", { "marathon.flags": { mesos_role: "ops" }, "mesos.masterFlags": { roles: "web,db" } }, { "marathon.flags.mesos_role": /roles web, db only/ }],
    ["an image that no agent takes", { apps: [app({ container: unpacked() })] }, { "apps[0].container.docker.image": /takes no images.*image_providers: docker/ }],
    ["a bridge that no agent has", { apps: [app({ networks: [{ mode: "container/bridge" }], container: unpacked() })], "mesos.agentFlags": { image_providers: "docker", isolation: images } }, {
        "apps[0].networks[0].mode": /mesos-bridge of the agents.*type: DOCKER/,
    }],
    ["plain commands where only Docker's containers start", { "mesos.containerizers": ["docker"], apps: [app()] }, { "apps[0].container": /Docker containers only/ }],
    ["Docker's containers where none start", { "mesos.containerizers": ["mesos"], registry: undefined, marathonLb: undefined, apps: [app({ cmd: undefined, container: { docker: { image: "master1:5000/x:1" } } })] }, {
        "apps[0].container": /nothing by the Docker containerizer/,
    }],
    ["GPUs that no agent has", { "marathon.flags": { enable_features: "gpu_resources" }, apps: [app({ gpus: 1 })] }, { "apps[0].gpus": /more than any agent/ }],
];

it.each(refused)("refuses %s", (_, edit, told) => {
    const { faults } = judged(edit);
    expect(faults.map(key).sort()).toEqual(Object.keys(told).sort());
    faults.forEach((fault) => expect(faultLine(fault)).toMatch(told[key(fault)] ?? /^$/));
});

it.each(["subvolumes", "end-volume", "help", "force"])("refuses a GlusterFS volume that is called %s", (name) => {
    expect(check(volume(name)).faults.map(faultLine).join()).toMatch(new RegExp(`volumes\\[0\\]\\.name: GlusterFS keeps the word ${name}`));
    expect(check(volume(`${name}s`)).faults).toEqual([]);
});

const warned: Row[] = [
    ["an attribute that is another number", { "mesos.attributes": { level: "1.50" } }, { "mesos.attributes.level": /compare it as 1\.5\. Write 1\.5, or write a text, such as level1\.50/ }],
    ["an isolator that is not known", { "mesos.agentFlags": { isolation: "posix/cpu,posix/men" } }, { "mesos.agentFlags.isolation": /did you mean posix\/mem/i }],
    ["an option that is not known", { "marathon.flags": { metrics_prometeus: "" } }, { "marathon.flags.metrics_prometeus": /did you mean metrics_prometheus/i }],
    ["a secret in a command", { "marathon.flags": { mesos_authentication_secret: "s3cret-of-ours" } }, { "marathon.flags.mesos_authentication_secret": /secret_file/ }],
    ["an app that ends more slowly than it is waited for", { "appWait.timeoutSeconds": 60, apps: [app({ taskKillGracePeriodSeconds: 90 })] }, {
        "apps[0].taskKillGracePeriodSeconds": /may take to end 90 s, and 'up' waits 60 s.*appWait\.timeoutSeconds above 90/,
    }],
    ["a folder of the agent that nothing mounts", { apps: [app({ container: { type: "MESOS", volumes: [{ containerPath: "data", hostPath: "/srv", mode: "RO" }] } })] }, {
        "apps[0].container.volumes[0]": /lack the isolator volume\/host_path.*filesystem\/linux brings it/,
    }],
];

it.each(warned)("allows %s, with a warning", (_, edit, told) => {
    const { faults, warnings } = judged(edit);
    expect(faults).toEqual([]);
    Object.entries(told).forEach(([where, text]) => expect(warnings.filter((one) => key(one) === where).map(faultLine).join()).toMatch(text));
    expect(JSON.stringify(warnings)).not.toContain("s3cret-of-ours");
});

it.each<readonly [string, Edit]>([
    ["images as the remedy says", { "mesos.agentFlags": { image_providers: "docker", isolation: images }, apps: [app({ container: unpacked() })] }],
    ["the bridge of another's network", { "mesos.otherNetworks": ["mesos-bridge"], apps: [app({ networks: [{ mode: "container/bridge" }] })] }],
    ["the bridge by the name that Marathon is told", { "mesos.otherNetworks": ["br"], "marathon.flags": { mesos_bridge_name: "br" }, apps: [app({ networks: [{ mode: "container/bridge" }] })] }],
    ["an isolator of a module", { "mesos.agentFlags": { isolation: "posix/cpu,com_example_iso", modules_dir: "/etc/mesos-modules" } }],
    ["ports between services", { "nodes[1].mesos.ports": ["2000-2180", "31000-32000"] }],
    ["constraints on numbers", { "mesos.attributes": { rack: "01" }, apps: [app({ constraints: [["rack", "IS", "01"]] }), app({ id: "/b", constraints: [["rack", "LIKE", "[0-9]"]] })] }],
    ["agents whose resources are all in Marathon's role", { "mesos.agentFlags": { default_role: "ops" }, "marathon.flags": { mesos_role: "ops" }, apps: [app()] }],
])("allows %s", (_, edit) => {
    expect(judged(edit).faults).toEqual([]);
});

it("puts Marathon's toggles where they take no value, and others with theirs", () => {
    const { dataCentre: dc } = checkWhole({ "marathon.flags": { metrics_prometheus: "", disable_zk_compression: "true", mesos_authentication: "false", disable_http: "false", zk_timeout: "9" } });
    const unit = unitDropIn(dc!, dc!.nodes[0]!).split(" \\\n    ").map((word) => word.split("\n")[0]);
    expect(unit).toEqual(expect.arrayContaining(["--metrics_prometheus", "--disable_zk_compression", "--disable_mesos_authentication", "--zk_timeout 9"]));
    expect(unit.join()).not.toMatch(/disable_http|""/);
    expect([wordsOf("disable_ha", "false"), wordsOf("new_one", ""), wordsOf("new_one", "x")]).toEqual([["--ha"], ["--new_one"], ["--new_one", "x"]]);
});

it("has Marathon tell of tasks that are about to end, whatever else it is asked for", () => {
    const features = (edits: Edit) => {
        const { dataCentre: dc } = checkWhole(edits);
        return /--enable_features (\S+)/.exec(unitDropIn(dc!, dc!.nodes[0]!))?.[1];
    };
    expect(features({})).toBe("task_killing");
    expect(features({ "marathon.flags": { enable_features: "secrets, task_killing" } })).toBe("secrets,task_killing");
    expect(features({ "marathon.flags": { enable_features: "vips" } })).toBe("vips,task_killing");
});

it.each([
    ["01", 1],
    ["1.5e2", 150],
    ["+.5", 0.5],
    ["r01", "r01"],
    ["1-2", "1-2"],
    ["0x1f", "0x1f"],
    ["1.2.3", "1.2.3"],
])("reads the attribute %s as Mesos does", (text, value) => {
    expect(readAttribute(text)).toBe(value);
});

it("knows the isolators that Mesos adds, and its old names of others", () => {
    expect(isolatorsOf({}).sort()).toEqual(["filesystem/posix", "network/cni", "posix/cpu", "posix/mem"]);
    expect(isolatorsOf({ isolation: "cgroups,posix/disk,network/ports,filesystem/linux" })).toEqual(
        expect.arrayContaining(["cgroups/cpu", "cgroups/mem", "disk/du", "network/cni", "volume/host_path"]),
    );
    expect(isolatorsOf({ isolation: "network/port_mapping" })).not.toContain("network/cni");
});
