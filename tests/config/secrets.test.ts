import fc from "fast-check";

import { ConfigError, faultLine } from "../../config";
import { isSecretIn } from "../../config/files";
import { check } from "./good";

const login = (over: object = {}) => ({ registry: "r.example:5000", username: "deploy", password: "hunter2-Tr0ub4dor", ...over });
const plain = { isSecret: () => false };

it("refuses a password in plain text, with the command that mends it", () => {
    const { faults } = check({ "docker.credentials": [login(), login({ registry: "s.example" })] }, plain);
    expect(faults.map(({ key }) => key)).toEqual([
        "datacentre:docker.credentials[0].password",
        "datacentre:docker.credentials[1].password",
    ]);
    expect(faults[1]!.remedy).toContain(
        "pulumi config set --stack local --secret --path 'datacentre:docker.credentials[1].password'",
    );
});

it("takes a password that was stored encrypted", () => {
    const { faults, dataCentre } = check({ "docker.credentials": [login()] }, { isSecret: () => true });
    expect(faults).toEqual([]);
    expect(dataCentre?.docker.credentials[0]?.password).toBe("hunter2-Tr0ub4dor");
});

it("tells encrypted values of a stack file from plain ones", () => {
    const config = {
        docker: { credentials: [{ password: { secure: "v1:abc" } }, { password: "plain" }] },
        whole: { secure: "v1:abc" },
    };
    expect(isSecretIn(config, ["docker", "credentials", 0, "password"])).toBe(true);
    expect(isSecretIn(config, ["docker", "credentials", 1, "password"])).toBe(false);
    expect(isSecretIn(config, ["docker", "credentials", 2, "password"])).toBe(false);
    expect(isSecretIn(config, ["whole", "credentials", 0, "password"])).toBe(true);
});

const wrongs: [what: string, credentials: (secret: string) => unknown][] = [
    ["a plain one", (secret) => [login({ password: secret })]],
    ["one in place of a login", (secret) => [secret]],
    ["one in place of all logins", (secret) => secret],
    ["one as a user", (secret) => [login({ username: `a b ${secret}`, password: secret })]],
    ["one as a registry", (secret) => [login({ registry: `https://${secret}@r.example`, password: secret })]],
    ["one under a wrong key", (secret) => [{ ...login({ password: undefined }), pasword: secret }]],
    ["one in a list", (secret) => [login({ password: [secret] })]],
    ["one with a control character", (secret) => [login({ password: `${secret}\n` })]],
    ["two logins for one registry", (secret) => [login({ password: secret }), login({ password: secret })]],
];

it.each(wrongs)("never quotes a secret: %s", (_, credentials) => {
    fc.assert(
        // Letters that no text of ours has next to each other.
        fc.property(fc.stringMatching(/^[Q-Z]{4,12}[0-9]{4}$/), (secret) => {
            const { faults, warnings } = check({ "docker.credentials": credentials(secret) }, plain);
            expect(faults.length).toBeGreaterThan(0);
            expect(new ConfigError(faults, "local").message).not.toContain(secret);
            expect(warnings.map(faultLine).join("\n")).not.toContain(secret);
        }),
        { numRuns: 10 },
    );
});

it("never quotes a secret that is also a name", () => {
    const { faults } = check(
        { "docker.credentials": [login({ registry: "agent3.example", password: "agent3" })], "nodes[3].roles": ["docker"] },
        plain,
    );
    expect(faults.length).toBeGreaterThan(1);
    faults.forEach((fault) => expect(fault.problem + fault.remedy).not.toContain("agent3"));
});

it("never quotes a URL's password", () => {
    const { faults } = check({
        "docker.registryMirrors": ["https://me:QQXXZZ99@mirror.example"],
        "sources.etcd": { kind: "archive", url: "https://me:QQXXZZ99@a.example/x", sha256: "0" },
        "etcd.advertise": ["http://me:QQXXZZ99@{name}:2379"],
    });
    expect(faults.length).toBeGreaterThan(3);
    expect(faults.map(faultLine).join("\n")).not.toContain("QQXXZZ99");
});
