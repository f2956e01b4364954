import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type ConfigError, readStackFile, stackNames } from "../../config";
import { over, withDefaults } from "../../config/defaults";
import { projectDirectory } from "../../config/files";
import { parseStack } from "../stacks";

const scratch = mkdtempSync(join(tmpdir(), "defaults-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const write = (file: string, text: string): void => writeFileSync(join(scratch, file), text);
const faultsOf = (own: Record<string, unknown>): string[] => {
    try {
        withDefaults(own, "one", scratch);
    } catch (thrown) {
        return (thrown as ConfigError).faults.map(({ key, problem }) => `${key}: ${problem}`);
    }
    return [];
};

describe("one value over another", () => {
    it.each([
        ["groups key by key", { a: { x: 1 } }, { a: { y: 2 }, b: 3 }, { a: { y: 2, x: 1 }, b: 3 }],
        ["lists whole", { a: [1] }, { a: [2, 3] }, { a: [1] }],
        ["a null takes the default away", { a: { x: null } }, { a: { x: 1, y: 2 } }, { a: { y: 2 } }],
        ["groups of two kinds are two things", { p: { kind: "docker", prefix: "a" } }, { p: { kind: "alicloud", region: "r" } }, { p: { kind: "docker", prefix: "a" } }],
        ["groups of one kind are one", { p: { kind: "docker" } }, { p: { kind: "docker", prefix: "a" } }, { p: { kind: "docker", prefix: "a" } }],
        ["an encrypted value is no group", { p: { secure: "v1:x" } }, { p: { other: 1 } }, { p: { secure: "v1:x" } }],
        ["a value over a group", { a: 1 }, { a: { x: 1 } }, { a: 1 }],
        ["a group over a value", { a: { x: 1 } }, { a: 1 }, { a: { x: 1 } }],
    ])("%s", (_, own, defaults, expected) => expect(over(own, defaults)).toEqual(expected));

    it("changes neither", () => {
        const [own, defaults] = [{ a: { x: 1 } }, { a: { y: 2 } }];
        over(own, defaults);
        expect([own, defaults]).toEqual([{ a: { x: 1 } }, { a: { y: 2 } }]);
    });
});

describe("a stack that extends files", () => {
    beforeAll(() => {
        mkdirSync(join(scratch, "config"));
        write("config/base.yaml", "config:\n  datacentre:etcd: { quotaBackendMiB: 64, heartbeatMs: 200 }\n  datacentre:security: seed\n  docker:host: x\n");
        write("config/more.yaml", "config:\n  datacentre:etcd: { quotaBackendMiB: 128 }\n");
        write("config/secret.yaml", "config:\n  datacentre:marathon: { credentials: { username: a, password: { secure: v1:hidden } } }\n");
        write("config/chain.yaml", "config:\n  datacentre:extends: [config/base.yaml]\n");
        write("config/empty.yaml", "other: 1\n");
        write("config/broken.yaml", "config:\n  a: 'hunter2\n");
    });

    it("has what they say where it says nothing, the later one first", () => {
        expect(withDefaults({ extends: ["config/base.yaml", "config/more.yaml"], etcd: { heartbeatMs: 300 } }, "one", scratch)).toEqual({
            etcd: { quotaBackendMiB: 128, heartbeatMs: 300 },
            security: "seed",
        });
    });

    it("names every file that cannot be used, without quoting it", () => {
        const files = ["config/none.yaml", "config/secret.yaml", "config/chain.yaml", "config/empty.yaml", "config/broken.yaml"];
        const faults = faultsOf({ extends: files });
        expect(faults).toEqual([
            "datacentre:extends[0]: config/none.yaml cannot be read (ENOENT)",
            "datacentre:extends[1]: config/secret.yaml has a secret in datacentre:marathon, which only the stack that it was made for can decrypt",
            "datacentre:extends[2]: config/chain.yaml extends further files",
            "datacentre:extends[3]: config/empty.yaml has no 'config'",
            expect.stringMatching(/^datacentre:extends\[4\]: config\/broken\.yaml is no YAML from line \d+ on$/),
        ]);
        expect(faults.join()).not.toMatch(/hidden|hunter2/);
    });

    it.each(["config/base.yaml", [1], { a: 1 }])("takes no %j for a list", (list) => expect(faultsOf({ extends: list })).toEqual(["datacentre:extends: this is no list of files"]));

    it("stands on Pulumi's own defaults, of which a stack replaces whole keys", () => {
        write("Pulumi.yaml", "name: datacentre\nconfig:\n  datacentre:etcd: { value: { quotaBackendMiB: 32 } }\n  datacentre:security: seed\n  datacentre:versions: { type: object, default: { etcd: '3.4' } }\n");
        expect(withDefaults({ etcd: { heartbeatMs: 1 } }, "one", scratch)).toEqual({ etcd: { heartbeatMs: 1 }, security: "seed", versions: { etcd: "3.4" } });
        rmSync(join(scratch, "Pulumi.yaml"));
    });

    it("is read so from its file", () => {
        write("Pulumi.one.yaml", "config:\n  datacentre:extends: [config/base.yaml]\n  datacentre:security: null\n");
        expect(readStackFile("one", scratch)?.config).toEqual({ etcd: { quotaBackendMiB: 64, heartbeatMs: 200 } });
    });
});

it("is how the project's own stacks share what is the same in them", () => {
    for (const stack of stackNames(projectDirectory).filter((name) => ["local", "dev", "prod"].includes(name))) {
        const { dataCentre } = parseStack(stack);
        expect(dataCentre?.calico.networks.map(({ name }) => name)).toEqual(["calico"]);
    }
});
