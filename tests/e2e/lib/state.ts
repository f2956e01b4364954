import { systems } from "../../../components/systems";
import type { TestStack } from "./stack";

/** What the stack's steps answer for on a host: files by hash, mode and owner; services by the time they started. */
export interface HostState {
    readonly files: string;
    readonly services: string;
}

/** The machine's own, and what systems say of themselves. */
const files = [
    ...["/etc/hosts", "/etc/fstab", "/etc/chrony", "/etc/systemd/system", "/etc/apt/sources.list.d", "/var/lib/datacentre"],
    ...systems.parts.flatMap((part) => part.files),
];
const facts = [...systems.systems.flatMap(({ roles }) => Object.values(roles)), ...systems.parts.flatMap(({ duties }) => Object.values(duties))];
const units = ["chrony", ...new Set(facts.flatMap(({ watched }) => watched))];

export async function hostState(stack: TestStack, node: string): Promise<HostState> {
    const list = `find ${files.join(" ")} \\( -type f -o -type l \\) 2>/dev/null | sort | while read -r f; do
        echo "$(sha256sum <"$f" | cut -c 1-16) $(stat -c '%a %U:%G' "$f") $f"; done`;
    const started = `for u in ${units.join(" ")}; do
        echo "$u $(systemctl show -p ActiveState,ActiveEnterTimestamp,MainPID --value "$u" | tr '\\n' ' ')"; done`;
    return { files: await stack.out(node, list), services: await stack.out(node, started) };
}
