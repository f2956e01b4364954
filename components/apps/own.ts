import type { DataCentre } from "../../config/schema";
import type { Systems } from "../../config/systems";
import type { AppDefinition } from "../marathon-app/app";
import { parseApp } from "../marathon-app/definition";

/** An app with the key that describes it, without `datacentre:`. */
export interface OwnApp {
    readonly key: string;
    readonly definition: AppDefinition;
}

/** The apps that come with the program, as far as they are described. */
export const ownApps = ({ apps }: Pick<Systems, "apps">, dc: DataCentre): OwnApp[] =>
    apps.flatMap((app) => {
        const definition = app.definition(dc);
        return definition ? [{ key: app.leaf.name, definition }] : [];
    });

/** The further apps of a checked description, in today's spelling. */
export const furtherApps = (dc: DataCentre): OwnApp[] =>
    dc.apps.flatMap((input, index) => {
        const { app } = parseApp(input);
        // The rules have refused what is not in its form.
        return app ? [{ key: `apps[${index}]`, definition: app }] : [];
    });
