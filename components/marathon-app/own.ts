import type { DataCentre } from "../../config/schema";
import * as marathonLb from "../marathon-lb/plan";
import * as registry from "../registry/plan";
import type { AppDefinition } from "./app";
import { parseApp } from "./definition";

/** An app with the key that describes it, without `datacentre:`. */
export interface OwnApp {
    readonly key: string;
    readonly definition: AppDefinition;
}

/** The apps that the description asks for by keys of their own. */
export function ownApps(dc: DataCentre): OwnApp[] {
    const node = dc.nodes.find(({ name }) => name === dc.registry?.node);
    return [
        ...(dc.registry && node ? [{ key: "registry", definition: registry.app(dc, dc.registry, node) }] : []),
        ...(dc.marathonLb ? [{ key: "marathonLb", definition: marathonLb.app(dc, dc.marathonLb) }] : []),
    ];
}

/** The further apps of a checked description, in today's spelling. */
export const furtherApps = (dc: DataCentre): OwnApp[] =>
    dc.apps.flatMap((input, index) => {
        const { app } = parseApp(input);
        // The rules have refused what is not in its form.
        return app ? [{ key: `apps[${index}]`, definition: app }] : [];
    });
