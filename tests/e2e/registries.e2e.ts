/**
 * Document 004's two registries on hosts that are there already: by TLS, and as the document has them. The upstream is a registry of
 * the lab's, on the third host: from Debian's package, in plain HTTP, with an image that is nowhere else.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { DataCentreInput } from "../../config";
import { damages } from "./damages/image-registries";
import { expectNamed } from "./lib/damage";
import { bareHosts, makeKey, networkOf, removeHosts } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { eventually, run, settles } from "./lib/run";
import { TestStack } from "./lib/stack";
import { labUpstream } from "./lib/upstream";

const network = networkOf("registries");
const { net } = network;
const names = ["master1", "agent1", "agent2"];
const both = ["image-registry", "image-mirror"] as const;

const config: DataCentreInput = {
    provider: { kind: "existing", privateKeyFile: "/unused" },
    nodes: names.map((name, i) => ({ name, address: `${net}.${i + 1}`, roles: ["docker", ...(i === 0 ? both : [])] })),
    imageRegistries: { mirror: { upstream: `http://${net}.3:5555` } },
    docker: { images: [{ image: "busybox:latest", archive: "file:///opt/datacentre-lab/images/busybox.tar" }] },
};

const stack = new TestStack("e2e-registries", config);
const key = `${stack.home}/id_ed25519`;
const registry = "datacentre-image-registry";
const green = () => settles(60, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));

/** Files, packages, users and units, as they can be told from outside. */
const picture = (node: string): Promise<string> =>
    stack.out(
        node,
        `find /etc /opt /usr/local /data /var/lib/datacentre /var/lib/docker-registry -xdev -not -path '/opt/datacentre-lab/*' ! -name 'ld.so.cache' 2>/dev/null \\( -type d -printf '%p %m\\n' -o -type f -exec sha256sum {} + \\) | grep -vE ' /etc/(passwd|group|shadow|gshadow|subuid|subgid|.pwd.lock)-?$' | sort
        cut -d: -f1 /etc/passwd | sort; dpkg-query -W -f '\${db:Status-Abbrev} \${Package}\\n' | sort; systemctl list-unit-files --no-legend --no-pager | awk '{print $1, $2}' | sort`,
    );

/** An image with a word and some bytes of its own. */
const made = (image: string, word: string, bytes = 100_000): string =>
    `docker rm -f made >/dev/null 2>&1; docker run --name made busybox:latest sh -c 'echo ${word} >/word; head -c ${bytes} /dev/urandom >/bytes' &&
    docker commit made ${image} >/dev/null && docker rm made >/dev/null && docker push -q ${image}`;
const word = (node: string, image: string): Promise<string> => stack.out(node, `docker run --rm ${image} cat /word`);
const forget = (node: string, image: string): Promise<string> => stack.out(node, `docker rmi -f ${image}`);

beforeAll(async () => {
    await stack.must("setup");
    await makeKey(key);
    const hosts = await bareHosts(network, names.length, key, "current");
    stack.edit((raw) => {
        raw.provider = { kind: "existing", privateKeyFile: key };
        raw.nodes.forEach((node, i) => (node.ssh = { hostKey: hosts[i]!.hostKey }));
    });
    await stack.out("agent2", labUpstream);
});

afterAll(async () => {
    await stack.clean();
    await removeHosts(network);
});

let before: string[] = [];

it("comes up by TLS, and is as described", async () => {
    before = await Promise.all(names.map(picture));
    const up = await stack.must("up");
    console.log(`make up with both registries: ${up.seconds.toFixed(0)} s`);
    await green();
});

it("changes nothing the second time", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("has a certificate that the stack's hosts know, and a key that nobody else has", async () => {
    expect((await stack.on("agent1", "curl -sS https://master1/v2/")).output).toMatch(/certificate/);
    expect(await stack.out("agent1", "curl -sS --cacert /etc/docker/certs.d/master1:443/ca.crt https://master1/v2/")).toBe("{}");
    expect(await stack.out("agent1", `curl -sS --cacert /etc/docker/certs.d/master1:443/ca.crt https://${net}.1/v2/`)).toBe("{}");
    const authority = `${stack.home}/stacks/e2e-registries/tls/authority.key`;
    const line = (await run("sed", ["-n", "2p", authority])).stdout.trim();
    expect(line).toMatch(/^[A-Za-z0-9+/]{60,}/);
    for (const node of names) {
        expect((await stack.on(node, `grep -rlF ${line} /etc /root /run /tmp /var /usr/local --exclude-dir=journal 2>/dev/null`)).stdout).toBe("");
    }
    expect((await run("grep", ["-rlF", line, `${stack.home}/state`])).stdout).toBe("");
});

it("takes an image from one host, and gives it to another", async () => {
    await stack.out("agent1", made("master1:443/team/web:1", "private"));
    expect(await word("agent2", "master1:443/team/web:1")).toBe("private\n");
});

it("fetches what only the upstream has, and serves it while the upstream is away", async () => {
    await stack.out("agent2", made("127.0.0.1:5555/library/only-here:1", "upstream"));
    // An engine that has pushed a layer does not fetch it again, and the mirror keeps what was fetched through it.
    expect(await word("master1", "only-here:1")).toBe("upstream\n");
    await stack.out("agent2", "systemctl stop lab-upstream");
    expect(await word("agent1", "only-here:1")).toBe("upstream\n");
    // Started anew as well, which the program by itself refuses.
    await forget("agent1", "only-here:1");
    await stack.out("master1", "systemctl restart datacentre-image-mirror");
    await eventually("the mirror serves again", 60, async () => (await word("agent1", "only-here:1")) === "upstream\n");
    expect((await stack.make("verify")).output).toMatch(/fetches from its upstream[^]*the upstream did not answer/);
    await stack.out("agent2", "systemctl start lab-upstream");
    await green();
});

it("frees the space of an image that was deleted, and of no other", async () => {
    const used = async () => Number(await stack.out("master1", "du -sk /data/docker-registry/private | cut -f1"));
    await stack.out("agent1", made("master1:443/team/large:1", "large", 8_000_000));
    const full = await used();
    const api = "curl -sS --cacert /etc/docker/certs.d/master1:443/ca.crt -H 'Accept: application/vnd.docker.distribution.manifest.v2+json'";
    const manifests = "https://master1/v2/team/large/manifests";
    const deleted = `digest=$(${api} -I ${manifests}/1 | tr -d '\\r' | sed -n 's/^Docker-Content-Digest: //Ip') && ${api} -X DELETE -o /dev/null -w '%{http_code}' ${manifests}/$digest`;
    expect(await stack.out("agent1", deleted)).toBe("202");
    await stack.out("master1", "systemctl start datacentre-image-collection");
    expect(full - (await used())).toBeGreaterThan(7000);
    await forget("agent2", "master1:443/team/web:1");
    expect(await word("agent2", "master1:443/team/web:1")).toBe("private\n");
    // What the registry knew of layers that are gone, it has forgotten.
    await stack.out("agent1", "docker push -q master1:443/team/large:1");
    await forget("agent1", "master1:443/team/large:1");
    expect(await word("agent2", "master1:443/team/large:1")).toBe("large\n");
});

it("refuses pushes while it collects, and gives what it has", async () => {
    const { harm, mend } = damages(net)["registry: takes pushes"]!;
    const push = "curl -s -o /dev/null -w '%{http_code}' --cacert /etc/docker/certs.d/master1:443/ca.crt -X POST https://master1/v2/team/web/blobs/uploads/";
    await stack.out("master1", harm);
    await eventually("the registry answers", 60, async () => (await stack.on("agent2", "docker pull -q master1:443/team/web:1")).code === 0);
    expect(await stack.out("agent1", push)).toBe("405");
    await stack.out("master1", mend);
    await eventually("the registry takes pushes again", 60, async () => (await stack.out("agent1", push)) === "202");
});

it("is started again when it dies, and after a reboot, with its images", async () => {
    await stack.out("master1", `systemctl kill -s KILL ${registry}`);
    await eventually("the registry is back", 60, async () => (await stack.out("master1", `systemctl is-active ${registry}`)) === "active\n");
    await run("docker", ["restart", `${network.prefix}-node1`]);
    await eventually("master1's ssh", 60, async () => (await stack.on("master1", "true")).code === 0);
    await green();
    await forget("agent2", "master1:443/team/web:1");
    expect(await word("agent2", "master1:443/team/web:1")).toBe("private\n");
});

/** Every row takes a whole `make verify`: FULL=1 tries them all, and without it every third is tried. */
const tried = Object.entries(damages(net)).filter(([row], index) => process.env.FULL || (index % 3 === 0 && row !== "registry: takes pushes"));

it.each(tried)("verify is not blind to: %s", (row, damage) => expectNamed(stack, "imageRegistries", row, damage));

it("leaves a node that loses the roles as it was, but for its images", async () => {
    stack.edit((raw) => {
        stack.node("master1").roles = ["docker"];
        delete raw.imageRegistries;
    });
    await stack.must("up");
    const left = `ls -d /etc/datacentre-image* /etc/systemd/system/datacentre-image* /usr/local/lib/datacentre/*image* /run/${registry}* 2>/dev/null
        getent passwd ${registry} datacentre-image-mirror datacentre-images; systemctl list-units --all --no-legend --plain 'datacentre-image*'`;
    expect((await stack.on("master1", left)).stdout).toBe("");
    expect(await stack.out("master1", "ls /data/docker-registry/*")).toMatch(/private:\ndocker\n\n.*proxy:\ndocker\n/);
    for (const node of names) {
        // What the package has there stays as long as the package.
        expect(await stack.out(node, "ls -A /etc/docker | grep -v '^registry$'; docker info --format '{{.RegistryConfig.Mirrors}}'")).toBe("daemon.json\nkey.json\n[]\n");
    }
    await green();
});

it("is the document's in profile seed: plain HTTP, at ports 80 and 5000, with the images of before", async () => {
    stack.edit((raw) => {
        raw.security = "seed";
        stack.node("master1").roles = ["docker", ...both];
        raw.imageRegistries = { mirror: { upstream: `http://${net}.3:5555` } };
    });
    await stack.must("up");
    await green();
    expect(await word("agent2", "master1:80/team/web:1")).toBe("private\n");
    await stack.out("agent1", made("master1:80/team/web:3", "plain"));
    expect(await word("agent2", "master1:80/team/web:3")).toBe("plain\n");
    await stack.out("agent2", made("127.0.0.1:5555/library/only-there:1", "again"));
    expect(await word("agent1", "only-there:1")).toBe("again\n");
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("says who it is to an upstream that asks, and keeps that to itself", async () => {
    const password = "only-the-mirror-knows";
    const server = readFileSync(join(__dirname, "lib", "token-server.py"), "utf8");
    const guarded = `cat >/srv/token-server.py <<'END'\n${server}END
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=lab -keyout /srv/token.key -out /srv/token.crt 2>/dev/null
        systemd-run -q --unit lab-tokens python3 /srv/token-server.py ${password}
        printf 'auth: {token: {realm: "http://${net}.3:5556/token", service: lab, issuer: lab, rootcertbundle: /srv/token.crt}}\\n' >>/srv/upstream.yml
        systemctl restart lab-upstream`;
    await stack.out("agent2", made("127.0.0.1:5555/library/guarded:1", "guarded"));
    await stack.out("agent2", guarded);
    await forget("agent2", "127.0.0.1:5555/library/guarded:1");
    await eventually("the upstream asks who is there", 60, async () => (await stack.on("agent2", "curl -s -o /dev/null -w '%{http_code}' 127.0.0.1:5555/v2/")).stdout === "401");
    expect((await stack.on("agent1", "docker pull -q guarded:1")).code).not.toBe(0);
    stack.edit((raw) => (raw.imageRegistries!.mirror!.credentials = { username: "mirror" } as { username: string; password: string }));
    const set = `eval "$(make -s env STACK=${stack.name})" && pulumi config set --secret --path 'datacentre:imageRegistries.mirror.credentials.password'`;
    const told = await run("bash", ["-c", set], { env: { DATACENTRE_HOME: stack.home }, input: `${password}\n` });
    expect([told.code, told.code === 0 ? "" : told.output]).toEqual([0, ""]);
    await stack.must("up");
    expect(await word("agent1", "guarded:1")).toBe("guarded\n");
    await green();
    expect(await stack.out("master1", "grep -rlF only-the-mirror-knows /etc /var/lib/datacentre /run --exclude-dir=journal 2>/dev/null")).toBe("/etc/datacentre-image-mirror/login.env\n");
    expect((await run("grep", ["-rlF", password, `${stack.home}/state`])).stdout).toBe("");
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("leaves the hosts as they were", async () => {
    // The lab's own.
    await stack.on("agent2", "systemctl stop lab-tokens");
    await stack.must("destroy", { DATA: "delete" });
    expect(await Promise.all(names.map(picture))).toEqual(before);
});
