/** Writes config/datacentre.schema.json, from which editors complete and check stack files: `make schema`. */
import { writeFileSync } from "node:fs";

import { systems } from "../components/systems";
import { schemaFile, stackFileSchema } from "../config/jsonschema";

writeFileSync(schemaFile, stackFileSchema(systems.form));
