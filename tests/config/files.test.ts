import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { z } from "zod";
import { parse } from "yaml";

import { parseStackFile } from "../../components/description";
import { systems } from "../../components/systems";
import { ConfigError, readStackFile, siblingsOf, stackNames } from "../../config";
import { keyFile, projectDirectory } from "../../config/files";
import { schemaFile, stackFileSchema } from "../../config/jsonschema";
import { parseStack } from "../stacks";

const scratch = mkdtempSync(join(tmpdir(), "config-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const write = (stack: string, text: string) => writeFileSync(join(scratch, `Pulumi.${stack}.yaml`), text);
const small = (prefix: string, third: number, more = "") => `config:
  datacentre:provider: { kind: docker, prefix: ${prefix}, subnet: 172.18.${third}.0/24 }
  datacentre:nodes: [{ name: one, address: 172.18.${third}.1, roles: [docker] }]
  docker:host: unix:///var/run/docker.sock
${more}`;

describe("the project's own stacks", () => {
    it("local is without fault", () => {
        const { dataCentre, faults } = parseStack("local");
        expect(faults).toEqual([]);
        expect(dataCentre?.nodes.map(({ name, address, roles }) => [name, address, roles.length])).toEqual([
            ["master1", "172.18.1.1", 8],
            ["agent1", "172.18.1.2", 6],
            ["agent2", "172.18.1.3", 6],
            ["agent3", "172.18.1.4", 5],
        ]);
    });

    it("dev is without fault", () => {
        expect(parseStackFile("dev").faults).toEqual([]);
    });

    it("ha is document 002's: three masters that serve apps, three agents", () => {
        const { dataCentre, faults, warnings } = parseStackFile("ha");
        expect([...faults, ...warnings]).toEqual([]);
        const having = (role: string) => dataCentre?.nodes.filter(({ roles }) => (roles as string[]).includes(role)).map(({ name }) => name);
        expect(having("marathon-bridge")).toEqual(["master1", "master2", "master3"]);
        expect(having("mesos-agent")).toEqual(["agent1", "agent2", "agent3"]);
    });

    it("dev describes the data centre of local", () => {
        const read = (stack: string) => {
            const { docker, ...config }: Record<string, unknown> = readStackFile(stack)?.config ?? {};
            // The lab's own sources are local's alone, and so is what it falls back to.
            return { nodes: config.nodes, ...config, provider: undefined, sources: undefined, fallbacks: undefined, docker };
        };
        expect(read("dev").nodes).toHaveLength(4);
        expect(read("dev")).toEqual(read("local"));
    });

    it.each(["local", "dev", "prod", "ha", "onebox"])("%s names its schema and fits it", (stack) => {
        const text = readFileSync(join(projectDirectory, `Pulumi.${stack}.yaml`), "utf8");
        expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=config/datacentre.schema.json");
        const schema = z.fromJSONSchema(JSON.parse(readFileSync(schemaFile, "utf8")) as never);
        const document = parse(text) as { config: Record<string, unknown> };
        expect(schema.safeParse(document)).toMatchObject({ success: true });
        document.config["datacentre:nodes"] = [{ name: "UPPER" }];
        expect(schema.safeParse(document)).toMatchObject({ success: false });
    });
});

it("keeps config/datacentre.schema.json up to date (npx tsx config/jsonschema.ts)", () => {
    expect(readFileSync(schemaFile, "utf8")).toBe(stackFileSchema(systems.form));
});

it("lets encrypted passwords, and nothing else encrypted, into the schema", () => {
    const text = stackFileSchema(systems.form);
    expect(text.match(/"secure"/g)).toHaveLength(8);
});

it("reads a stack's siblings, other namespaces and broken files aside", () => {
    write("one", small("one", 11));
    write("two", small("two", 12));
    write("broken", "config: [\n");
    write("other.name", "config:\n  datacentre:nodes: nonsense\n");
    expect(stackNames(scratch)).toEqual(["broken", "one", "other.name", "two"]);
    expect(siblingsOf("one", scratch)).toEqual([
        { stack: "other.name", kind: "", prefix: "", subnet: "", engine: "", nodes: [] },
        {
            stack: "two",
            kind: "docker",
            prefix: "two",
            subnet: "172.18.12.0/24",
            engine: "",
            nodes: [{ name: "one", address: "172.18.12.1", hasRoles: true }],
        },
    ]);
    expect(parseStackFile("one", scratch).faults).toEqual([]);
});

it("finds what two stack files share", () => {
    write("one", small("same", 11));
    write("two", small("same", 11));
    expect(parseStackFile("one", scratch).faults.map(({ key }) => key)).toEqual([
        "datacentre:provider.prefix",
        "datacentre:provider.subnet",
    ]);
});

it("reads encrypted values as [secret], and finds plain ones", () => {
    const login = (password: string) =>
        `  datacentre:docker: { credentials: [{ registry: r.example, username: u, password: ${password} }] }\n`;
    write("two", small("two", 12, login("{ secure: v1:abc }")));
    expect(parseStackFile("two", scratch).dataCentre?.docker.credentials[0]?.password).toBe("[secret]");
    write("two", small("two", 12, login("hunter2")));
    expect(parseStackFile("two", scratch).faults.map(({ key }) => key)).toEqual(["datacentre:docker.credentials[0].password"]);
    write("two", small("two", 12, "  datacentre:docker: { secure: v1:abc }\n"));
    expect(parseStackFile("two", scratch).faults.map(({ key }) => key)).toEqual(["datacentre:docker"]);
});

it("says which stacks there are, and where a file is no YAML, without quoting it", () => {
    expect(() => parseStackFile("nine", scratch)).toThrow(/no Pulumi\.nine\.yaml.*Use one of: .*two/);
    write("broken", "config:\n  datacentre:docker: { password: 'hunter2\n");
    const failure = (() => {
        try {
            return parseStackFile("broken", scratch);
        } catch (thrown) {
            return thrown;
        }
    })();
    expect(failure).toBeInstanceOf(ConfigError);
    expect((failure as Error).message).toMatch(/is no YAML from line \d/);
    expect((failure as Error).message).not.toContain("hunter2");
});

it("sees whether a private key file can be used", () => {
    const file = join(scratch, "key");
    expect(keyFile(file)).toEqual({ found: false, readable: false, mode: 0 });
    writeFileSync(file, "");
    chmodSync(file, 0o640);
    expect(keyFile(file)).toEqual({ found: true, readable: true, mode: 0o640 });
    expect(keyFile(scratch)).toMatchObject({ found: true, readable: false });
});
