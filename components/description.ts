import type { Context } from "../config/context";
import * as files from "../config/files";
import * as load from "../config/load";
import * as parse from "../config/parse";
import { readBundle } from "./bundle/folder";
import { systems } from "./systems";

/** Descriptions as this program reads them: the machinery of config/ with all systems. */

/** What the rules look at on the operator's machine besides. */
const around = { bundle: readBundle } satisfies Partial<Context>;

export const parseDataCentre = (raw: Record<string, unknown>, context: Context): parse.Parsed => parse.parseDataCentre(systems, raw, context);

export const parseStackFile = (stack: string, directory?: string): parse.Parsed => files.parseStackFile(systems, stack, directory, around);

export const contextOf = (...args: Parameters<typeof files.contextOf>): Context => ({ ...files.contextOf(...args), ...around });

export const loadDescription = (): load.Description => load.loadDescription(systems, around);

export const loadDataCentre = () => load.loadDataCentre(systems, around);

export const dataCentreSchema = systems.form.schema;
