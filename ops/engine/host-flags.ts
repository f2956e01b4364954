/** What hosts are told for the steps of one run: a file in /run, so that a reboot forgets it. */
import { ssh, type SshOptions, type SshResult, type Target } from "../../components/ssh/ssh";
import { launcher } from "../../components/step/program";
import { pooled } from "../lib/pool";
import { Problem } from "../lib/say";
import { targetOf, type Outputs } from "./outputs";

/** Data goes too; see components/step/lib.sh. */
export const purgeFlag = "/run/datacentre.purge-data";

/** Certificates that are older than this file are made anew; see components/step/helpers/certificate.sh. */
export const renewFlag = "/run/datacentre.renew-certificates";

export type FlagRunner = (target: Target, command: string, options: SshOptions) => Promise<SshResult>;

/**
 * Places a flag on every host with a role, or takes it back.
 *
 * @param otherwise in a sentence, what is left undone where a host cannot be told: "nothing was removed"
 * @throws Problem when a host cannot be told, before anything is done anywhere
 */
export async function setHostFlag(outputs: Outputs, flag: string, present: boolean, otherwise: string, run: FlagRunner = ssh): Promise<void> {
    const nodes = outputs.description.nodes.filter((node) => node.roles.length > 0);
    const failed = await pooled(nodes, 8, async ({ name }) => {
        const target = targetOf(outputs, name);
        try {
            const { code } = await run(target, launcher(target.user), { stdin: present ? `: >${flag}\n` : `rm -f ${flag}\n` });
            return code === 0 ? [] : [`${name} (status ${code})`];
        } catch (error) {
            return [`${name} (${(error as Error).message})`];
        }
    });
    if (failed.flat().length > 0) {
        throw new Problem(
            `these hosts cannot be reached, so ${otherwise}: ${failed.flat().join(", ")}`,
            "bring them back, or take them out of datacentre:nodes and run 'make up' first",
        );
    }
}
