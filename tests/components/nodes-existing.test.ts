/** Hosts that are there already: the connections of their steps, and what the outputs say of them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { makeNodes } from "../../components/nodes";
import { privateKeyFile, unusable } from "../../components/nodes/keys";
import { describeOutputs } from "../../components/outputs";
import { hostStep } from "../../components/step/step";
import { systems } from "../../components/systems";
import type { DataCentreInput } from "../../config";
import { targetOf, type Outputs } from "../../ops/engine/outputs";
import { sampleDataCentre } from "./sample";
import { keyPair } from "../ssh-keys";

const home = mkdtempSync(join(tmpdir(), "existing-"));
const text = { nodes: keyPair("ed25519").private, bastion: keyPair("ed25519").private };
const file = { nodes: join(home, "nodes"), bastion: join(home, "bastion") };
writeFileSync(file.nodes, text.nodes);
writeFileSync(file.bastion, text.bastion);
afterAll(() => rmSync(home, { recursive: true, force: true }));

const made: Record<string, Record<string, any>> = {};
beforeAll(() =>
    pulumi.runtime.setMocks({
        newResource: ({ name, inputs }) => {
            made[name] = inputs as Record<string, unknown>;
            return { id: name, state: inputs as Record<string, unknown> };
        },
        call: () => ({}),
    }),
);

const describe_ = (bastion?: object, edit: (raw: DataCentreInput) => void = () => undefined) =>
    sampleDataCentre((raw) => {
        raw.provider = { kind: "existing", privateKeyFile: file.nodes, ...(bastion ? { bastion: bastion as never } : {}) };
        raw.nodes.forEach((node, i) => (node.ssh = { user: "ops", port: 2200 + i, hostKey: `ssh-ed25519 AAAA${i}` }));
        edit(raw);
    });
const jump = { host: "bastion.example", user: "jump", hostKey: "ssh-ed25519 AAAAb" };

async function outputsOf(dc: ReturnType<typeof describe_>): Promise<Outputs> {
    const all = describeOutputs(systems, dc, makeNodes(systems, dc, "local", "datacentre/local"));
    const plain = await new Promise<Outputs>((resolve) => pulumi.output(all).apply((value) => resolve(value as unknown as Outputs)));
    return plain;
}

it("have frozen connections with these keys and no others", () => {
    const dc = describe_(jump, (raw) => (raw.nodes[0]!.ssh!.bastion = false));
    const [direct, behind] = makeNodes(systems, dc, "local", "datacentre/local");
    expect(Object.keys(direct!.connection).sort()).toEqual(["host", "hostKey", "port", "privateKey", "user"]);
    expect(Object.keys(behind!.connection).sort()).toEqual(["host", "hostKey", "port", "privateKey", "proxy", "user"]);
    const proxy = behind!.connection.proxy as unknown as Record<string, unknown>;
    expect(Object.keys(proxy).sort()).toEqual(["host", "hostKey", "port", "privateKey", "user"]);
    expect(proxy).toMatchObject({ host: "bastion.example", port: 22, user: "jump", hostKey: "ssh-ed25519 AAAAb" });
    expect([Object.isFrozen(behind!.connection), Object.isFrozen(proxy)]).toEqual([true, true]);
    expect(behind!.connection).toMatchObject({ host: "172.18.1.2", port: 2201, user: "ops", hostKey: "ssh-ed25519 AAAA1" });
});

it("are reached at an address of SSH's own, and known to one another by theirs", async () => {
    const dc = describe_(jump, (raw) => (raw.nodes[0]!.ssh = { ...raw.nodes[0]!.ssh!, address: "198.51.100.7" }));
    const [own] = makeNodes(systems, dc, "local", "datacentre/local");
    expect(own!.connection).toMatchObject({ host: "198.51.100.7", port: 2200 });
    const { nodes } = await outputsOf(dc);
    expect(nodes[0]).toMatchObject({ address: "172.18.1.1", ssh: { host: "198.51.100.7", port: 2200 } });
});

it("are reached by their steps through the bastion, whose key stays a secret", async () => {
    const dc = describe_({ ...jump, privateKeyFile: file.bastion });
    const [node] = makeNodes(systems, dc, "local", "datacentre/local");
    const step = hostStep({ node: node!, step: "trial", scripts: [], parameters: {}, dialErrorLimit: 10 }, {});
    await new Promise((resolve) => step.id.apply(resolve));
    // Mocks show a secret with its mark; the connection is one as a whole.
    const { value: connection } = made["trial-master1"]!["connection"] as { value: Record<string, any> };
    const proxy = connection["proxy"] as Record<string, any>;
    expect(Object.keys(proxy).sort()).toEqual(["dialErrorLimit", "host", "hostKey", "perDialTimeout", "port", "privateKey", "user"]);
    expect(JSON.stringify(proxy["privateKey"])).toContain(JSON.stringify(text.bastion));
    expect(JSON.stringify({ ...made["trial-master1"], connection: "" })).not.toContain("PRIVATE KEY");
    expect(made["trial-master1"]!["create"]).toMatch(/^sudo -n bash -c .* datacentre converge # trial on master1, instance 172\.18\.1\.1$/);
});

it("are told in the outputs with their bastion, so that everything else goes the same way", async () => {
    const outputs = await outputsOf(describe_({ ...jump, privateKeyFile: file.bastion }, (raw) => (raw.nodes[0]!.ssh!.bastion = false)));
    expect(outputs.nodes[0]!.ssh).toEqual({ host: "172.18.1.1", port: 2200, user: "ops", hostKey: "ssh-ed25519 AAAA0" });
    expect(JSON.stringify(outputs.nodes)).not.toContain("PRIVATE");
    expect(targetOf(outputs, "master1")).toEqual({ ...outputs.nodes[0]!.ssh, privateKey: text.nodes });
    expect(targetOf(outputs, "agent1")).toEqual({
        ...{ host: "172.18.1.2", port: 2201, user: "ops", hostKey: "ssh-ed25519 AAAA1", privateKey: text.nodes },
        proxy: { ...jump, port: 22, privateKey: text.bastion },
    });
});

it("have one key in the outputs where nodes and bastion have one", async () => {
    for (const bastion of [jump, { ...jump, privateKeyFile: file.nodes }]) {
        const outputs = await outputsOf(describe_(bastion));
        expect(Object.keys(outputs)).not.toContain("sshBastionPrivateKey");
        expect(targetOf(outputs, "agent1").proxy).toEqual({ ...jump, port: 22, privateKey: text.nodes });
    }
    expect(targetOf(await outputsOf(describe_()), "agent1")).not.toHaveProperty("proxy");
});

it("have keys that are secret from their first moment on", async () => {
    const dc = describe_({ ...jump, privateKeyFile: file.bastion });
    const all = describeOutputs(systems, dc, makeNodes(systems, dc, "local", "datacentre/local"));
    expect(await pulumi.isSecret(all.sshPrivateKey as pulumi.Output<string>)).toBe(true);
    expect(await pulumi.isSecret(all.sshBastionPrivateKey as pulumi.Output<string>)).toBe(true);
    expect(await pulumi.isSecret(all.nodes as pulumi.Output<unknown>)).toBe(false);
});

describe("a private key file", () => {
    const pem = (kind: string, body: string) => `-----BEGIN ${kind}PRIVATE KEY-----\n${body}\n-----END ${kind}PRIVATE KEY-----\n`;
    const locked = keyPair("ed25519", { passphrase: "p", cipher: "aes256-ctr" }).private;

    it.each([
        ["of OpenSSH's own form", text.nodes],
        ["of the older form", pem("RSA ", "MIIEpAIBAAKCAQEA")],
        ["of PKCS #8", pem("", "MC4CAQAwBQYDK2VwBCIEIA")],
    ])("%s is taken", (_, content) => expect(unusable(content)).toBeUndefined());

    it.each([
        ["with a passphrase", locked, /passphrase/, /without one/],
        ["with a passphrase, of the older form", pem("RSA ", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nxyz"), /passphrase/, /without one/],
        ["with a passphrase, of PKCS #8", pem("ENCRYPTED ", "xyz"), /passphrase/, /without one/],
        ["that is the public half", "ssh-ed25519 AAAA me@here\n", /public key/, /the private one beside it, \/k$/],
        ["that is something else", "hello", /no private key/, /ssh-keygen/],
        ["that is empty", "", /no private key/, /ssh-keygen/],
    ])("%s is refused", (_, content, problem, remedy) => {
        const fault = unusable(content);
        expect(fault?.problem).toMatch(problem);
        expect(fault?.remedy("/k.pub")).toMatch(remedy);
    });

    it("is refused by its key in the description, before anything is made, and is not quoted", () => {
        const path = join(home, "locked");
        writeFileSync(path, locked);
        const failure = (): unknown => privateKeyFile(path, "provider.bastion.privateKeyFile");
        expect(failure).toThrow(/locked \(datacentre:provider\.bastion\.privateKeyFile\) is protected by a passphrase/);
        expect(failure).toThrow(/Remedy: give a key without one/);
        expect(failure).not.toThrow(/BEGIN/);
        expect(() => privateKeyFile(join(home, "none"), "provider.privateKeyFile")).toThrow(/ENOENT.*datacentre:provider\.privateKeyFile/);
    });
});
