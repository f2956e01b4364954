import { whatGoes } from "../../ops/destroy/plan";
import { purgeFlag, setHostFlag } from "../../ops/engine/host-flags";
import type { Outputs } from "../../ops/engine/outputs";
import { SshError, type SshOptions, type SshResult, type Target } from "../../components/ssh/ssh";
import { sampleDataCentre } from "../components/sample";
import { FakeDocker, makeFixture, resource, type Fixture } from "./fixture";

let fixture: Fixture;
beforeEach(() => (fixture = makeFixture()));
afterEach(() => fixture.remove());

const description = sampleDataCentre((raw) => {
    raw.nodes.push({ name: "spare", address: "172.18.1.9" });
});
const outputs: Outputs = {
    nodes: description.nodes.map(({ name, address, roles }) => ({ name, address, roles, ssh: { host: address, port: 22, user: "root", hostKey: "k" } })),
    services: {} as never,
    sshPrivateKey: "KEY",
    description,
};

it("says what goes and what stays with containers", async () => {
    fixture.writeState({
        resources: [
            resource("docker:index/network:Network", "nodes-network", "n"),
            resource("docker:index/container:Container", "master1", "c"),
            resource("command:remote:Command", "prepare-master1", "x"),
        ],
    });
    const docker = new FakeDocker({ volumes: [{ id: "dc-master1-data", name: "dc-master1-data", state: "" }] });
    const kept = (await whatGoes(fixture.context, outputs, docker, false)).join("\n");
    expect(kept).toBe(
        [
            "Stack datacentre/test",
            "  will remove:",
            "    hosts (containers): master1",
            "    networks: nodes-network",
            "    what 1 steps put on them",
            "  will keep data:",
            "    volume dc-master1-data",
        ].join("\n"),
    );
    expect((await whatGoes(fixture.context, outputs, docker, true)).join("\n")).toContain("will remove too, DATA FOR GOOD:\n    volume dc-master1-data");
});

it("still names data that is left when the stack is gone", async () => {
    const docker = new FakeDocker({ volumes: [{ id: "v", name: "v", state: "" }] });
    expect(await whatGoes(fixture.context, undefined, docker, true)).toEqual([
        "Stack datacentre/test",
        "  nothing is up",
        "  will remove too, DATA FOR GOOD:",
        "    volume v",
    ]);
});

it("names steps and data paths of hosts that stay", async () => {
    fixture.writeState({ resources: [resource("command:remote:Command", "prepare-master1", "x")] });
    const text = (await whatGoes(fixture.context, outputs, undefined, false)).join("\n");
    expect(text).toContain("on the hosts, what these steps put there: prepare-master1");
    expect(text).toMatch(/master1: .*\/data, .*\/var\/lib\/etcd/);
    expect(text).not.toContain("spare:");
});

describe("the flag that lets data go", () => {
    const said: string[] = [];
    const answer = (code: number) => (target: Target, command: string, options: SshOptions): Promise<SshResult> => {
        said.push(`${target.host} ${command} ${options.stdin}`);
        return Promise.resolve({ code, stdout: "", stderr: "" });
    };
    beforeEach(() => said.splice(0));

    it("is placed on every host with a role, and taken back by a destroy without it", async () => {
        await setHostFlag(outputs, purgeFlag, true, "nothing was removed", answer(0));
        expect(said.sort()).toEqual([1, 2, 3, 4].map((n) => `172.18.1.${n} bash -c 'eval "$(cat)"' datacentre : >${purgeFlag}\n`));
        said.splice(0);
        await setHostFlag(outputs, purgeFlag, false, "nothing was removed", answer(0));
        expect(said).toHaveLength(4);
        expect(said[0]).toContain(`rm -f ${purgeFlag}`);
    });

    it("goes the way of everything else: through the bastion, and by sudo for a user who is not root", async () => {
        const bastion = { host: "b", port: 22, user: "jump", hostKey: "bk" };
        const behind = outputs.nodes.map((node) => ({ ...node, ssh: { ...node.ssh!, user: "ops", bastion } }));
        const targets: Target[] = [];
        await setHostFlag({ ...outputs, nodes: behind, sshBastionPrivateKey: "JUMPKEY" }, purgeFlag, true, "nothing was removed", (target, command, options) => {
            targets.push(target);
            return answer(0)(target, command, options);
        });
        expect(targets.map(({ proxy }) => proxy)).toEqual(targets.map(() => ({ ...bastion, privateKey: "JUMPKEY" })));
        expect(said[0]).toContain("sudo -n bash -c");
        expect(said).toHaveLength(4);
    });

    it("must be on all hosts before anything is removed", async () => {
        await expect(setHostFlag(outputs, purgeFlag, true, "nothing was removed", answer(1))).rejects.toThrow("nothing was removed: master1 (status 1)");
        const lost = () => Promise.reject(new SshError("does not answer", "start it"));
        await expect(setHostFlag(outputs, purgeFlag, true, "nothing was removed", lost)).rejects.toThrow("master1 (does not answer)");
    });
});
