/**
 * No secret where it does not belong: the SSH key, the passphrase and a service's password are planted, and looked for
 * in argument lists on every host and here while `up` runs, and in everything that is left behind.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { networkOf } from "./lib/hosts";
import { run, sleep } from "./lib/run";
import { threeNodes, TestStack, withMesos } from "./lib/stack";

const network = networkOf("secrets");
const stack = new TestStack("e2e-secrets", withMesos(threeNodes(network)));
const password = "Planted-5ervice-Pa55word";
const marathonPassword = "Planted-Marath0n-Pa55word";
const names = stack.names;
const verboseLog = join(stack.home, "verbose.log");

afterAll(() => stack.clean());

const secrets = (): Record<string, string> => ({
    "service password": password,
    "service password, as an engine's login file has it": Buffer.from(`user:${password}`).toString("base64"),
    "Marathon's password": marathonPassword,
    passphrase: readFileSync(join(stack.home, "stacks", stack.name, "passphrase"), "utf8").trim(),
    // Any one line of the key would do; the middle ones are its own.
    "SSH key": readFileSync(join(stack.home, "stacks", stack.name, "ssh/id_ed25519"), "utf8").split("\n")[3]!,
    "host key": readFileSync(join(stack.home, "stacks", stack.name, "ssh/hosts/agent1_ed25519"), "utf8").split("\n")[3]!,
});

/** Which of the secrets stand in `text`. */
const leaked = (text: string): string[] =>
    Object.entries(secrets())
        .filter(([, value]) => text.includes(value))
        .map(([name]) => name);

/** Every argument list of this machine, whose hosts are containers and share its process table. */
function argumentLists(): string {
    return readdirSync("/proc")
        .filter((name) => /^[0-9]+$/.test(name))
        .map((pid) => {
            try {
                return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
            } catch {
                return "";
            }
        })
        .join("\n");
}

let samples = 0;

/** The password is set apart, as a secret. */
const login = (username: string): void =>
    stack.edit((config) => {
        const credentials = [{ registry: "registry.example:5000", username } as { registry: string; username: string; password: string }];
        config.docker = { ...config.docker, credentials };
        config.marathon = { credentials: { username: "operator" } as { username: string; password: string } };
    });

beforeAll(async () => {
    await stack.must("setup");
    login("user");
    for (const [key, value] of [
        ["docker.credentials[0].password", password],
        ["marathon.credentials.password", marathonPassword],
    ]) {
        const shell = `eval "$(make -s env STACK=${stack.name})" && pulumi config set --secret --path 'datacentre:${key}'`;
        const result = await run("bash", ["-c", shell], { env: { DATACENTRE_HOME: stack.home }, input: `${value}\n` });
        if (result.code !== 0) {
            throw new Error(result.output);
        }
    }
});

it("is in no argument list while up runs, here or on the hosts", async () => {
    const found = new Set<string>();
    const state = { done: false };
    const sampling = (async () => {
        while (!state.done) {
            leaked(argumentLists()).forEach((name) => found.add(name));
            samples++;
            await sleep(20);
        }
    })();
    const verbose = { PULUMI_OPTION_VERBOSE: "8", PULUMI_OPTION_LOGTOSTDERR: "true", PULUMI_OPTION_LOGFLOW: "true" };
    const up = await run("bash", ["-c", `make -s up STACK=${stack.name} >"$0" 2>&1`, verboseLog], {
        env: { DATACENTRE_HOME: stack.home, NO_COLOR: "1", ...verbose },
    });
    state.done = true;
    await sampling;
    expect([up.code, up.code === 0 ? "" : readFileSync(verboseLog, "utf8").slice(-4000)]).toEqual([0, ""]);
    console.log(`${samples} samples of every argument list`);
    expect(samples).toBeGreaterThan(100);
    expect([...found]).toEqual([]);
});

it("is in no verbose log of the engine, its plugins and its language host", () => {
    const text = readFileSync(verboseLog, "utf8");
    // The log is what it should be: resources and their inputs are in it.
    expect(text).toContain("docker-login-agent1");
    expect(text.length).toBeGreaterThan(100_000);
    expect(leaked(text)).toEqual([]);
});

it("is asked for by no verbosity at which the engine prints what is inside of secrets", async () => {
    const refused = await stack.make("preview", {}, { env: { PULUMI_OPTION_VERBOSE: "9" } });
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("use 8 at most");
});

it("arrived where it belongs, for root alone", async () => {
    for (const node of names) {
        expect(leaked(await stack.out(node, "cat /root/.docker/config.json"))).toEqual(["service password, as an engine's login file has it"]);
        expect(await stack.out(node, "stat -c %a:%U /root/.docker/config.json /etc/mesos/docker-config.json")).toBe("600:root\n600:root\n");
    }
});

it("is asked for by Marathon, and known to marathon-lb", async () => {
    const status = `curl -sS -o /dev/null -w '%{http_code}' http://${network.net}.1:8080/v2/info`;
    expect(await stack.out("master1", status)).toBe("401");
    expect(await stack.out("master1", `${status} -K <(sed -n 's/^MARATHON_HTTP_CREDENTIALS=/user = /p' /etc/marathon/credentials.env)`)).toBe("200");
    await stack.must("verify");
});

it("is in no state, no history and no settings file", () => {
    const text = execFileSync("bash", ["-c", `cat $(find '${stack.home}/state' -type f) Pulumi.${stack.name}.yaml`], {
        encoding: "utf8",
        maxBuffer: 1 << 28,
    });
    expect(text.length).toBeGreaterThan(10_000);
    expect(leaked(text)).toEqual([]);
});

it("is in no docker inspect, no journal and no file left on a host", async () => {
    for (const node of names) {
        expect(leaked((await run("docker", ["inspect", `${network.prefix}-${node}`])).stdout)).toEqual([]);
        expect(leaked(await stack.out(node, "journalctl --no-pager -o cat"))).toEqual([]);
        const places = "/etc /run /tmp /var/tmp /var/log /var/lib/datacentre /root";
        for (const [name, value] of Object.entries(secrets())) {
            const grep = await stack.on(node, `grep -rlsF -- "$(cat)" ${places} 2>/dev/null`, value);
            const here = grep.stdout.trim().split("\n").filter(Boolean);
            const allowed: Record<string, string[]> = {
                "service password, as an engine's login file has it": ["/root/.docker/config.json", "/etc/mesos/docker-config.json"],
                "host key": ["/etc/ssh/ssh_host_ed25519_key"],
                "Marathon's password": ["/etc/marathon-lb/credentials", "/etc/marathon/credentials.env"],
            };
            expect([name, here.filter((file) => !(allowed[name] ?? []).includes(file) && !(name === "host key" && node !== "agent1"))]).toEqual([name, []]);
        }
    }
});

it("is in no error text of a step that fails, by the engine or when it is run again", async () => {
    await stack.out("agent1", "rm -f /root/.docker/config.json && mkdir -p /root/.docker/config.json/in-the-way");
    login("user2");
    const failed = await stack.make("up");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain("agent1");
    expect(leaked(failed.output)).toEqual([]);
    const again = await stack.make("up", { CONVERGE: "1" });
    expect(again.code).not.toBe(0);
    expect(leaked(again.output)).toEqual([]);
    await stack.out("agent1", "rm -r /root/.docker/config.json");
    await stack.must("up");
});
