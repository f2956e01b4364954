import type { Fault } from "../../../config/faults";
import type { MarathonFacts } from "../marathon";
import type { App } from "../schema";
import { checkRules } from "./checks";
import { commandRules, idRules } from "./command";
import { constraintRules } from "./constraints";
import { containerRules } from "./container";
import { externalRules } from "./external";
import { featureRules } from "./features";
import { fetchRules } from "./fetch";
import { labelRules } from "./labels";
import { limitRules } from "./limits";
import { networkRules, portRules } from "./networks";
import { roleRules } from "./roles";
import { secretRules } from "./secrets";
import { volumeRules } from "./volumes";

/** One thing that must hold between fields, with the top-level ones that it looks at. */
export interface Rule {
    readonly reads: readonly (keyof App)[];
    readonly look: (app: App, marathon?: MarathonFacts) => Fault[];
}

/** What Marathon 1.11 refuses, and what it accepts and then never starts. All work on today's spelling. */
export const rules: readonly Rule[] = [
    { reads: ["id", "dependencies"], look: idRules },
    { reads: ["cmd", "args", "container", "executor"], look: commandRules },
    { reads: ["container", "gpus", "check"], look: containerRules },
    { reads: ["container", "secrets"], look: volumeRules },
    { reads: ["container", "instances", "upgradeStrategy"], look: externalRules },
    { reads: ["networks", "container", "portDefinitions", "requirePorts"], look: networkRules },
    { reads: ["networks", "container", "portDefinitions", "requirePorts"], look: portRules },
    { reads: ["healthChecks", "check", "readinessChecks", "networks", "container", "portDefinitions"], look: checkRules },
    { reads: ["constraints"], look: constraintRules },
    { reads: ["labels", "networks", "container", "portDefinitions"], look: labelRules },
    { reads: ["fetch"], look: fetchRules },
    { reads: ["env", "secrets", "container"], look: secretRules },
    { reads: ["env", "secrets", "container", "gpus"], look: featureRules },
    { reads: ["id", "role", "acceptedResourceRoles", "container"], look: roleRules },
    {
        reads: [
            "instances",
            "labels",
            "upgradeStrategy",
            "resourceLimits",
            "cpus",
            "mem",
            "unreachableStrategy",
            "container",
            "backoffSeconds",
            "maxLaunchDelaySeconds",
        ],
        look: limitRules,
    },
];
