import type { TestStack } from "./stack";

/** Ways to break what `make verify` looks at. */
export interface Damage {
    /** On which node the thing is broken; agent2 unless said. */
    on?: string;
    /** On which node's row it shows; the same, unless said. */
    shows?: string;
    harm: string;
    mend: string;
    /** By the container engine, where the host can no longer be reached. */
    inside?: boolean;
}

/** How each kind of a system's rows is broken, by what the row is called; `net` is what the nodes' addresses begin with. */
export type Damages = (net: string) => Record<string, Damage>;

export const shim = (name: string, body: string): Pick<Damage, "harm" | "mend"> => ({
    harm: `printf '#!/bin/sh\\n${body}\\n' > /usr/local/bin/${name} && chmod 755 /usr/local/bin/${name}`,
    mend: `rm -f /usr/local/bin/${name}`,
});
export const moved = (file: string, damage: string): Pick<Damage, "harm" | "mend"> => ({
    harm: `cp -a ${file} /root/whole && ${damage}`,
    mend: `cp -a /root/whole ${file}`,
});
export const stopped = (units: string): Pick<Damage, "harm" | "mend"> => ({ harm: `systemctl stop ${units}`, mend: `systemctl start ${units.split(" ").reverse().join(" ")}` });

export const marathonAt = (net: string): string => `http://${net}.1:8080`;
/** What stops a service has to wait for those who need it, or the next row's answer is this one's. */
export const answering = (url: string): string => `for i in $(seq 60); do ! curl -fsS -o /dev/null ${url} 2>/dev/null || break; sleep 1; done`;

/** Does the damage, asks verify, mends it: verify has to name that row, and the node where it shows, and to fail. */
export async function expectNamed(stack: TestStack, system: string, row: string, { on = "agent2", shows = on, harm, mend }: Damage): Promise<void> {
    await stack.out(on, harm);
    const broken = await stack.make("verify", { JSON: "1" });
    await stack.out(on, mend);
    const { checks } = JSON.parse(broken.stdout.slice(broken.stdout.indexOf("{"))) as { checks: { system: string; row: string; nodes: string[]; ok: boolean }[] };
    const named = checks.filter((check) => check.system === system && check.row === row && !check.ok);
    expect(named.length).toBeGreaterThan(0);
    // A row about what holds between nodes is none's.
    if (named.some(({ nodes }) => nodes.length > 0)) {
        expect(named.flatMap(({ nodes }) => nodes)).toContain(shows);
    }
    expect(broken.code).not.toBe(0);
}
