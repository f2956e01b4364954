import type { Fault } from "../../../config/faults";
import { error, joined, placeOf } from "../faults";
import type { App } from "../schema";
import type { Volume } from "../schema/container";
import type { PlacedApp } from "./facts";

type External = NonNullable<Volume["external"]>;

const accessOf = (external: External): string | undefined =>
    external.provider === "csi" ? (external as Extract<External, { provider: "csi" }>).options.capability.accessMode : undefined;

const ofProviders = (app: App) =>
    (app.container?.volumes ?? []).flatMap(({ external, mode }, index) => {
        if (!external?.name || external.provider === undefined) {
            return [];
        }
        const access = accessOf(external);
        const writer = access === "MULTI_NODE_SINGLE_WRITER";
        const several = access === undefined ? "shared" in external && external.shared === true : access.startsWith("MULTI_NODE");
        return [
            {
                ...{ name: external.name, provider: external.provider, index },
                reads: writer && mode === "RO",
                taken: !several || (writer && mode !== "RO"),
            },
        ];
    });

/** One volume from outside for two apps. Source: ProviderValidationHelpers of Marathon 1.11, validateUniqueVolumes. */
export function externalVolumeFaults(apps: readonly PlacedApp[]): Fault[] {
    const all = apps.flatMap((one) => ofProviders(one.app).map((volume) => ({ ...one, ...volume })));
    const told = new Set<string>();
    return all.flatMap((one) => {
        const other = all.find(({ name, provider, taken, app }) => app !== one.app && taken && name === one.name && provider === one.provider);
        const pair = [one.app.id, other?.app.id].sort().join(" ") + one.name;
        if (!other || one.reads || told.has(pair)) {
            return [];
        }
        told.add(pair);
        const place = ({ app }: PlacedApp): number => apps.findIndex((every) => every.app === app);
        const [first, last] = place(one) < place(other) ? [one, other] : [other, one];
        const fault = error([], `the volume ${one.name} is also that of ${first.app.id}`, "give each app a volume of its own");
        return [{ ...fault, key: joined(last.key, placeOf(["container", "volumes", last.index, "external", "name"])) }];
    });
}
