/**
 * `verify` is not blind: for every kind of row that it prints, the thing is broken on a host, and verify has to name
 * that row and not to end with status 0. A row without an entry here fails the test. FULL=1 breaks them all.
 */
import { allDamages } from "./damages";
import { networkOf } from "./lib/hosts";
import { run } from "./lib/run";
import { threeNodes, TestStack, withCalico, withMesos } from "./lib/stack";

const network = networkOf("blind");
const { net } = network;
const stack = new TestStack("e2e-blind", withCalico(withMesos(threeNodes(network)), network));
stack.edit((config) => {
    config.calico!.pools!.push({ name: "small", cidr: "10.242.26.0/27", blockSize: 29 });
    config.calico!.networks!.push({ name: "small", pools: ["small"] });
    config.calico!.policies = [{ name: "web", selector: "role == 'web'", ingress: [{ action: "Allow" }] }];
    // Small enough to be filled.
    config.etcd = { quotaBackendMiB: 100 };
    config.mesos = { agentPingTimeout: "2secs", maxAgentPingTimeouts: 2 };
});

afterAll(() => stack.clean());

interface Row {
    system: string;
    row: string;
    nodes: string[];
    ok: boolean;
    remedy?: string;
}

const damages = allDamages(net, stack.config.nodes);

async function rows(): Promise<{ code: number | null; rows: Row[] }> {
    const result = await stack.make("verify", { JSON: "1" });
    return { code: result.code, rows: (JSON.parse(result.stdout.slice(result.stdout.indexOf("{"))) as { checks: Row[] }).checks };
}

const kind = ({ system, row }: Row): string => `${system}: ${row}`;
let printed: Row[] = [];

it("comes up, green", async () => {
    await stack.must("up");
    const verify = await rows();
    printed = verify.rows;
    expect(printed.filter(({ ok }) => !ok)).toEqual([]);
    expect(verify.code).toBe(0);
});

it("prints no row that nobody has tried to break", () => {
    expect([...new Set(printed.map(kind))].filter((name) => !(name in damages))).toEqual([]);
});

/** Every row takes a whole `make verify`: FULL=1 tries them all, and without it every eighth is tried. */
const tried = Object.keys(damages).filter((_, index) => process.env.FULL || index % 8 === 0);

it.each(tried)("%s", async (name) => {
    const { on = "agent2", shows, harm, mend, inside } = damages[name]!;
    const act = async (command: string): Promise<void> => {
        const result = inside ? await run("docker", ["exec", `${network.prefix}-${on}`, "sh", "-c", command]) : await stack.on(on, command);
        expect([command, result.code, result.output]).toEqual([command, 0, expect.anything()]);
    };
    await act(harm);
    const broken = await rows();
    await act(mend);
    const named = broken.rows.filter((row) => kind(row) === name && !row.ok);
    expect(named.flatMap(({ nodes }) => nodes)).toContain(shows ?? on);
    expect(named[0]?.remedy).toMatch(/\w/);
    expect(broken.code).not.toBe(0);
});

it("is green again when all is mended", async () => {
    await stack.must("up", { CONVERGE: "1" });
    await stack.must("verify");
});
