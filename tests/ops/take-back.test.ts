/** After a killed run: which hosts are asked, in which order, and what they are told. */
import { takeBackLeft, tellUnknownHosts } from "../../ops/prepare/take-back";
import type { Outputs } from "../../ops/engine/outputs";
import { SshError, type SshOptions, type SshResult, type Target } from "../../components/ssh/ssh";
import { sampleDataCentre } from "../components/sample";
import { makeFixture, resource, type Fixture } from "./fixture";

let fixture: Fixture;
let said: string[];
beforeEach(() => {
    fixture = makeFixture();
    said = [];
    jest.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
    fixture.remove();
    jest.restoreAllMocks();
});

const description = sampleDataCentre();
const outputs: Outputs = {
    nodes: description.nodes.map(({ name, address, roles }) => ({ name, address, roles, ssh: { host: name, port: 22, user: "root", hostKey: "k" } })),
    services: {} as never,
    sshPrivateKey: "KEY",
    description,
};
const step = (name: string, node: string) => ({ ...resource("command:remote:Command", `${name}-${node}`), inputs: { create: `bash -c x converge # ${name} on ${node}, instance i` } });
const hosts = description.nodes.map(({ name }) => name);

beforeEach(() => fixture.writeState({ resources: [...hosts.map((node) => step("prepare", node)), step("etcd", hosts[0]!), step("docker", hosts[1]!)] }));

/** Hosts that have noted these steps besides; what was run where, in order. */
function runner(left: Record<string, string[]>) {
    const ran: string[] = [];
    const run = (target: Target, _command: string, { stdin = "" }: SshOptions): Promise<SshResult> => {
        const asks = stdin.includes("asks='yes'");
        const [, recorded] = /^recorded_steps='([^']*)'/m.exec(stdin) ?? [];
        ran.push(`${target.host} ${asks ? "asks" : "takes"} ${(recorded ?? "").split("\n").join("+")}`);
        const lines = asks ? (left[target.host] ?? []).map((one) => `  note: ${one}\n`) : ["  took back it\n"];
        return Promise.resolve({ code: 0, stdout: `0 changes\n${lines.join("")}`, stderr: "" });
    };
    return { ran, run };
}

it("asks every recorded host, and takes back only where something is left", async () => {
    const { ran, run } = runner({ [hosts[2]!]: ["step docker"] });
    await takeBackLeft(fixture.context, outputs, run);
    expect(ran).toEqual([`${hosts[0]} asks prepare+etcd`, `${hosts[1]} asks prepare+docker`, ...hosts.slice(2).map((node) => `${node} asks prepare`), `${hosts[2]} takes prepare`]);
    expect(said).toEqual([`on ${hosts[2]}: took back it\n`]);
});

it("lets members go one host after another, before all others", async () => {
    const { ran, run } = runner({ [hosts[1]!]: ["step docker"], [hosts[2]!]: ["member etcd"], [hosts[3]!]: ["step docker", "member etcd"] });
    await takeBackLeft(fixture.context, outputs, run);
    expect(ran.filter((line) => line.includes("takes"))).toEqual([`${hosts[2]} takes prepare`, `${hosts[3]} takes prepare`, `${hosts[1]} takes prepare+docker`]);
});

it("says which host is not reached, and where a program failed", async () => {
    const lost = () => Promise.reject(new SshError("no route", "bring it back", false));
    await expect(takeBackLeft(fixture.context, outputs, lost)).rejects.toThrow(/could not be looked for: no route/);
    const fails = () => Promise.resolve({ code: 1, stdout: "", stderr: "datacentre: it breaks" });
    await expect(takeBackLeft(fixture.context, outputs, fails)).rejects.toThrow(/could not be taken back: datacentre: it breaks/);
});

it("names hosts that only the killed run knew, and the way out", () => {
    tellUnknownHosts(fixture.context, { when: "", verb: "up", pid: 1, nodes: [hosts[0]!, "gone"], saved: true });
    expect(said.join("")).toMatch(/was to put something on gone, and nothing is described there now: .*\n {2}remedy: .*put it back/);
    said.splice(0);
    tellUnknownHosts(fixture.context, { when: "", verb: "up", pid: 1, nodes: [hosts[0]!], saved: true });
    expect(said).toEqual([]);
});
