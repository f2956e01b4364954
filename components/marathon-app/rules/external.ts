import type { Fault, Path } from "../../../config/faults";
import { error } from "../faults";
import { isDocker } from "../ports";
import { defaults, type App } from "../schema";
import type { Volume } from "../schema/container";

type External = NonNullable<Volume["external"]>;
type Driven = Exclude<External, { provider: "csi" }>;
type Csi = Extract<External, { provider: "csi" }>;

const driver = "dvdi/driver";
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const option = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[A-Za-z0-9]([-A-Za-z0-9._:]*[A-Za-z0-9])?$/;

const isCsi = (external: External): external is Csi => external.provider === "csi";

/** Storage from outside of Mesos, by a driver or by CSI. Source: DVDIProvider, CSIProvider and AppValidation of Marathon 1.11. */
export function externalRules(app: App): Fault[] {
    const all = (app.container?.volumes ?? []).flatMap((volume, index) =>
        volume.external ? [{ volume, external: volume.external, at: ["container", "volumes", index] as const }] : [],
    );
    return [
        ...all.flatMap(({ volume, external, at }) =>
            isCsi(external) ? csi(external, volume, [...at, "external"]) : [...driven(external, [...at, "external"]), ...mounted(external, volume, at, app)],
        ),
        ...(all.some(({ external }) => external.provider === "dvdi") ? ofOne(app) : []),
        ...shared(app, all),
    ];
}

/** What a driver is told, whoever mounts it. */
function driven({ provider, name, options = {} }: Driven, at: Path): Fault[] {
    if (provider !== "dvdi") {
        return [error([...at, "provider"], provider === undefined ? "this is missing" : "Marathon knows no such provider", "write dvdi, or csi")];
    }
    const faults: Fault[] = [];
    if (name === undefined || name === "") {
        faults.push(error([...at, "name"], "this is missing", "give the name that the driver knows the volume by"));
    }
    if (options[driver] === undefined || !label.test(options[driver])) {
        faults.push(error([...at, "options", driver], "no driver is named", `write options: {${driver}: rexray}, or another Docker volume driver`));
    }
    const strange = Object.keys(options).filter((key) => !option.test(key));
    const rexray = options[driver] === "rexray" ? Object.entries(ofRexray).filter(([key, form]) => options[key] !== undefined && !form.test(options[key])) : [];
    return [
        ...faults,
        ...strange.map((key) => error([...at, "options", key], "an option is named by whose it is, a slash, and a name", "write it as dvdi/size")),
        ...rexray.map(([key]) => error([...at, "options", key], "rexray takes no such value", `use ${values[key] ?? ""}`)),
    ];
}

const values: Readonly<Record<string, string>> = {
    "dvdi/volumetype": "lower-case letters, digits and inner hyphens",
    "dvdi/newfstype": "lower-case letters, digits and inner hyphens",
    "dvdi/iops": "a whole number above 0",
    "dvdi/overwritefs": "true",
};
const ofRexray: Readonly<Record<string, RegExp>> = {
    "dvdi/volumetype": label,
    "dvdi/newfstype": label,
    "dvdi/iops": /^\+?0*[1-9][0-9]*$/,
    "dvdi/overwritefs": /^true$/i,
};

/** What the two containerizers take of a driver's volume. */
function mounted({ options = {}, size }: Driven, { containerPath, mode }: Volume, at: Path, app: App): Fault[] {
    const faults: Fault[] = [];
    if (/^\.{1,2}$/.test(containerPath)) {
        faults.push(error([...at, "containerPath"], "no volume is mounted over the sandbox itself", "give it a path of its own"));
    }
    if (!isDocker(app)) {
        return mode === "RO" ? [...faults, error([...at, "mode"], "the Mesos containerizer mounts it for writing only", "use RW")] : faults;
    }
    const remedy = "take it out, or write container.type: MESOS";
    const more = Object.keys(options).filter((key) => key !== driver && option.test(key));
    return [
        ...faults,
        ...more.map((key) => error([...at, "external", "options", key], `Docker is told the driver alone (${driver})`, remedy)),
        ...(size === undefined ? [] : [error([...at, "external", "size"], "Docker tells a driver no size", remedy)]),
    ];
}

/** One task at a time has such a volume. */
function ofOne(app: App): Fault[] {
    const { instances = defaults.instances, upgradeStrategy } = app;
    const why = "a volume of a driver is one task's at a time";
    return [
        ...(instances > 1 ? [error(["instances"], why, "use 1")] : []),
        ...((upgradeStrategy?.maximumOverCapacity ?? 0) > 0 ? [error(["upgradeStrategy", "maximumOverCapacity"], why, "use 0")] : []),
    ];
}

const readers = ["SINGLE_NODE_READER_ONLY", "MULTI_NODE_READER_ONLY"];

const csi = ({ options }: Csi, { mode }: Volume, at: Path): Fault[] =>
    readers.includes(options.capability.accessMode) && mode !== "RO"
        ? [error([...at.slice(0, -1), "mode"], `the access mode ${options.capability.accessMode} only reads`, "use RO, or an access mode that writes")]
        : [];

/** Several instances share what can be shared. */
function shared({ instances = defaults.instances }: App, all: readonly { volume: Volume; external: External }[]): Fault[] {
    const volumes = all.flatMap(({ volume: { mode }, external }) =>
        isCsi(external) ? [{ mode, access: external.options.capability.accessMode }] : [],
    );
    const alone = volumes.find(({ access }) => access.startsWith("SINGLE_NODE"));
    const writer = volumes.every(({ mode, access }) => mode !== "RO" && access === "MULTI_NODE_SINGLE_WRITER") ? volumes[0] : undefined;
    const one = alone ?? writer;
    return instances > 1 && one
        ? [error(["instances"], `a volume of access mode ${one.access} is one writer's at a time`, "use 1, or an access mode that several can have")]
        : [];
}
