import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import type { Systems } from "../../config/systems";
import type { Host } from "../host";
import { loginFrom, MarathonApp, marathonHost, ownerOfApps, type MarathonAppArgs } from "../marathon-app";
import { MarathonLb } from "../marathon-lb";
import { clientUrls } from "../proxies/plan";
import { Registry } from "../registry";
import { hasSecrets } from "../step/secret-groups";
import { clientStep, hostStep } from "../step/step";
import { furtherApps, ownApps } from "./own";

export interface AppsArgs {
    dataCentre: DataCentre;
    systems: Pick<Systems, "apps">;
    /** The prepared hosts; none where nodes are containers. */
    hosts: readonly Host[];
    /** From where Marathon is asked; by default from its first host. */
    from?: MarathonAppArgs["from"] | undefined;
    /** What must be there first: Marathon, the agents, and the volumes that apps mount. */
    after: readonly pulumi.Resource[];
}

/**
 * Everything that Marathon runs: the registry first, from which further apps may have their images, then marathon-lb and
 * the described apps. An app waits for those that it names in `dependencies`, as in Marathon itself.
 */
export class Apps extends pulumi.ComponentResource {
    public constructor(name: string, args: AppsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:marathon:Apps", name, {}, opts);
        const { dataCentre: dc, hosts } = args;
        const marathon = args.from ?? marathonHost(dc, hosts);
        if (marathon) {
            const list = this.list(dc, args.systems, marathon, args.after);
            const first = dc.registry ? new Registry("registry", { ...args, after: list, marathon }, { parent: this }).ready : [];
            const after = [...list, ...first];
            if (dc.marathonLb) {
                new MarathonLb("marathon-lb", { ...args, after: list, marathon }, { parent: this });
            }
            this.further(dc, marathon, after);
        }
        this.registerOutputs({});
    }

    /** Which apps there may be; other ones of this stack are deleted, also those that no `up` has brought to their end. */
    private list(dc: DataCentre, systems: AppsArgs["systems"], from: MarathonAppArgs["from"], after: readonly pulumi.Resource[]): pulumi.Resource[] {
        const login = loginFrom(dc, from);
        const program = {
            step: "apps",
            scripts: ["components/marathon/lib.sh", "components/apps/leftovers.sh"],
            parameters: {
                leaves_nothing: true,
                owner: ownerOfApps(),
                described_apps: [...ownApps(systems, dc), ...furtherApps(dc)].map(({ definition }) => definition.id),
                marathons: clientUrls(dc),
            },
            ...(Object.keys(login).length > 0 ? { secrets: login } : {}),
        };
        const options = { parent: this, dependsOn: [...after] };
        return [...after, "here" in from ? clientStep(from, program, options) : hostStep({ ...program, node: from }, options)];
    }

    private further(dc: DataCentre, from: MarathonAppArgs["from"], after: readonly pulumi.Resource[]): void {
        const made = new Map<string, MarathonApp>();
        const waiting = furtherApps(dc);
        const secret = hasSecrets("apps");
        // In the order of their dependencies; rings were refused with the description.
        while (waiting.length > 0) {
            const waits = (id: string) => waiting.some((other) => other.definition.id === id);
            const next = waiting.findIndex(({ definition }) => !dependencies(definition).some(waits));
            const [app] = waiting.splice(Math.max(0, next), 1);
            if (app) {
                const before = dependencies(app.definition).flatMap((id) => made.get(id)?.ready ?? []);
                const { definition, key } = app;
                made.set(
                    definition.id,
                    new MarathonApp(definition.id.slice(1).replaceAll("/", "-"), { dataCentre: dc, from, definition, key, secret, after: [...after, ...before] }, { parent: this }),
                );
            }
        }
    }
}

const dependencies = (definition: { readonly [key: string]: unknown }): string[] => (definition.dependencies as string[] | undefined) ?? [];
