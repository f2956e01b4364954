import type { Rule } from "../system";
import type { Systems } from "../systems";
import { fallbackRules } from "./fallbacks";
import { needRules } from "./needs";
import { networkRules } from "./networks";
import { nodeRules } from "./nodes";
import { pathRules } from "./paths";
import { portRules } from "./ports";
import { secretRules } from "./secrets";
import { sourceRules } from "./sources";
import { versionRules } from "./versions";

/** What must hold between keys: what compares nodes and systems first, then each system's own. */
export const rules = ({ providers, parts }: Systems): Rule[] => [
    secretRules,
    nodeRules,
    networkRules,
    ...providers.flatMap((provider) => provider.rules),
    needRules,
    versionRules,
    sourceRules,
    fallbackRules,
    pathRules,
    portRules,
    ...parts.flatMap((part) => part.rules),
];
