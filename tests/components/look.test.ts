/** Looking at a host: which calls of programs only ask, what a step tells of what it would do, and that nothing of it reaches the host. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "../../components/step/program";
import { sharedProgram } from "../../components/step/shared";
import { lookingProgram, readLook } from "../../ops/rerun/look";
import type { RecordedStep } from "../../ops/rerun/steps";

const home = join(root, "components/step/look");
const commands = readFileSync(join(home, "commands.sh"), "utf8");
const frame = readFileSync(join(root, "components/step/lib.sh"), "utf8");

/** Whether a call would be run; words as bash has them. */
function reads(calls: readonly string[]): string[] {
    const text = `DATACENTRE_LOOK=/.datacentre/frame.sh\n${commands}\n${calls.map((call) => `if look_reads ${call}; then echo yes; else echo no; fi`).join("\n")}`;
    return execFileSync("bash", ["--norc", "-euc", text], { encoding: "utf8" }).trim().split("\n");
}

describe("of programs that change something", () => {
    const asking = [
        "systemctl is-active --quiet zookeeper",
        "systemctl show -p MainPID docker.service",
        "docker info --format '{{.Driver}}'",
        "docker image inspect busybox:1",
        "docker network ls -q",
        "apt-get -s -q -y install zookeeper",
        "dpkg -l",
        "dnf -q --assumeno install x",
        "curl -fsS --max-time 5 http://127.0.0.1:8080/ping",
        "curl -fsS -d '{\"key\":\"AA==\"}' http://h:2379/v3/kv/range",
        "curl -sS --unix-socket /run/containerd/containerd.sock --data-binary @- http://localhost/runtime.v1.RuntimeService/ListPodSandbox",
        "curl -sS -X GET http://m:8080/v2/apps",
        "etcdctl --endpoints=http://h:2379 --command-timeout=4s member list",
        "etcdctl --endpoints=http://h:2379 endpoint status -w json",
        "gluster --mode=script volume info data",
        "gluster --mode=script volume heal data info summary",
        "ip -4 -o addr show dev cni0",
        "ip route",
        "iptables -t nat -S",
        "kubectl --request-timeout=20s get nodes",
        "calicoctl get ippool -o yaml",
        "birdc show protocols",
        "dockerd --version",
    ];
    const changing = [
        ..."start stop restart reload enable disable mask unmask kill daemon-reload".split(" ").map((verb) => `systemctl ${verb} zookeeper`),
        "systemctl --no-block restart docker.service",
        ..."run rm rmi load pull stop start exec create tag".split(" ").map((verb) => `docker ${verb} x`),
        "docker network create x",
        "docker --host unix:///run/docker.sock rm x",
        "apt-get -q -y install zookeeper",
        "apt-get update",
        "dpkg -i x.deb",
        "dpkg --purge x",
        "rpm -e x",
        "dnf -y install x",
        "curl -X PUT -d x http://m:8080/v2/apps",
        "curl -XDELETE http://m:8080/v2/apps/x",
        "curl -sS --request POST http://m:8080/v2/apps",
        "curl -sS -d x http://h:2379/v3/kv/put",
        "curl -sS --data @- http://m:5050/api/v1",
        "curl -sS --unix-socket /run/containerd/containerd.sock --data-binary @- http://localhost/runtime.v1.RuntimeService/StopPodSandbox",
        "curl -T file http://m/",
        "etcdctl --endpoints=http://h:2379 member add n2 --peer-urls=x",
        "etcdctl put list x",
        "etcdctl alarm disarm",
        "gluster --mode=script volume create data h:/data",
        "gluster --mode=script peer probe h",
        "ip link delete cni0",
        "ip route add 10.0.0.0/8 dev eth0",
        "iptables -I INPUT -j DROP",
        "sysctl -w vm.swappiness=1",
        "sysctl --system",
        "modprobe br_netfilter",
        "kubectl apply -f -",
        "calicoctl apply -f -",
        "birdc configure",
        "kill -9 1",
        "mount /dev/sdb /data",
        "dockerd",
        "containerd",
    ];

    it("runs the calls that ask", () => {
        const said = reads(asking);
        expect(asking.filter((_, i) => said[i] !== "yes")).toEqual([]);
    });

    it("runs no call that changes something, or that it does not know", () => {
        const said = reads(changing);
        expect(changing.filter((_, i) => said[i] !== "no")).toEqual([]);
    });

    it("lets a call of Mesos' API ask by its message", () => {
        expect(reads([`curl --data @- http://m:5050/api/v1`])).toEqual(["no"]);
        const said = execFileSync("bash", ["--norc", "-euc", `DATACENTRE_LOOK=/x/y\n${commands}\nlook_message='{"type": "GET_AGENTS"}'; look_reads curl --data @- http://m:5050/api/v1 && echo yes`]);
        expect(said.toString()).toBe("yes\n");
    });

    it("never says what could be secret of a call", () => {
        const named = (call: string) => execFileSync("bash", ["--norc", "-euc", `DATACENTRE_LOOK=/x/y\n${commands}\nlook_named ${call}`], { encoding: "utf8" });
        expect(named("curl -sS -X PUT -H 'Authorization: hidden' -d hidden 'http://user:hidden@m:8080/v2/apps?force=true&x=hidden'")).toBe("curl PUT http://m:8080/v2/apps");
        expect(named("docker login registry:5000 --username u --password hidden")).not.toContain("hidden");
    });
});

/** Programs that write files at most, which is caught, or nothing. */
const harmless = `apt-cache awk base64 bash cat chmod chown cmp cp cut date dpkg-query env find flock getent getfattr grep groupadd head hostname id iptables-save
    journalctl jq ln ls mkdir mktemp mv od openssl paste pgrep ps python3 readlink rm rmdir sed setfattr sha256sum sort ss stat sync systemd-detect-virt tail tar tee tr
    uname useradd userdel usermod wc getenforce`.split(/\s+/);

it("knows every program that scripts call: as harmless, or in its list", () => {
    const listed = execFileSync("bash", ["--norc", "-euc", `DATACENTRE_LOOK=/x/y\n${commands}\nprintf '%s\\n' "\${look_programs[@]}"`], { encoding: "utf8" }).trim().split("\n");
    // What runs on no host of a stack, or is no step's; and words of texts that look like calls.
    const besides = /components\/(bundle\/collect|step\/look|nodes\/|verify\/|image-registries\/(collect|serve))/;
    const words = "not of or print this";
    const files = execFileSync("git", ["ls-files", "components/**/*.sh"], { cwd: root, encoding: "utf8" })
        .trim()
        .split("\n")
        .filter((file) => !besides.test(file));
    const texts = files.map((file) => readFileSync(join(root, file), "utf8").replaceAll(/^\s*#.*$/gm, ""));
    const functions = new Set(texts.flatMap((text) => [...text.matchAll(/^\s*([a-z_0-9]+)\(\)/gm)].map(([, name]) => name!)));
    const builtins = new Set(
        "if then else elif fi for while until do done case esac in local read printf echo return exit set shift export eval trap unset break continue mapfile declare test true false cd umask exec command type wait let time source compgen shopt quietly wait_for timeout sleep".split(" "),
    );
    const calls = [
        /(?:quietly|timeout (?:-\S+ )*\S+|without_service_starts|xargs(?: -\S+)*|wait_for \S+|env(?: [A-Z_]+=\S+)*)\s+([a-z][\w.+-]*)(?![^\s;)|&])/g,
        /(?:^|[;&|({!]\s|\bthen\s|\bdo\s|\belse\s|\bif\s|\$\()[ \t]*([a-z][a-zA-Z0-9_.+-]*)[ \t]+(?:-{1,2}[a-zA-Z]|"\$|\$|\/|[a-z]+ "\$)/gm,
    ];
    const called = new Set(texts.flatMap((text) => calls.flatMap((call) => [...text.matchAll(call)].map(([, name]) => name!))));
    const known = new Set([...harmless, ...listed, ...words.split(" ")]);
    expect(called.size).toBeGreaterThan(60);
    expect([...called].filter((name) => !functions.has(name) && !builtins.has(name) && !known.has(name)).sort()).toEqual([]);
});

describe("in a namespace of its own", () => {
    const mayMount = spawnSync("unshare", ["--mount", "bash", "-c", "d=$(mktemp -d) && mount -t tmpfs look $d && mkdir $d/u $d/w $d/r && mount -t overlay -o lowerdir=/,upperdir=$d/u,workdir=$d/w overlay $d/r"]).status === 0;
    const inNamespace = mayMount ? it : it.skip;
    let dir: string;
    beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "look-"))));
    afterEach(() => rmSync(dir, { recursive: true, force: true }));

    /** Looks by the real program, with a /run of the test's own, so that nothing here is asked or noted. */
    const look = (converge: string, secret = false) => lookBy(`${frame}\nstep=test node=here state=${dir}/state\nconverge() {\n${converge}\n}\nmain "$1"\n`, secret);
    function lookBy(stdin: string, secret = false) {
        const program = lookingProgram([{ stdin, secret } as unknown as RecordedStep], "mark");
        const inside = `mount --make-rprivate / && mount -t tmpfs run /run && eval "$(cat)"`;
        const { stdout, stderr } = spawnSync("unshare", ["--mount", "bash", "-c", inside, "datacentre", "look"], { input: program, encoding: "utf8" });
        const from = stdout.indexOf("mark begin 0\n");
        expect([from >= 0, stderr]).toEqual([true, stderr]);
        return { ...readLook("test", "here", stdout.slice(from)), stdout };
    }
    const told = (converge: string) => look(converge).differences.map(({ what }) => what).sort();

    inNamespace("writes, removes and makes nothing, by helpers or without", () => {
        writeFileSync(join(dir, "kept"), "one\n", { mode: 0o644 });
        const before = statSync(join(dir, "kept"));
        expect(
            told(`put_file ${dir}/kept 0644 root:root $'two\\n'; put_dir ${dir}/made 0755 root:root; rm -f ${dir}/kept; mkdir -p ${dir}/more; printf x >/srv/datacentre-look-trial; rm -f /etc/profile
                mark_applied web print; : >/proc/sys/kernel/hostname 2>/dev/null || notes+=("closed")`),
        ).toEqual(["/etc/profile would be removed", "/srv/datacentre-look-trial would be written", `${dir}/kept differs`, `${dir}/made is not there`]);
        expect([existsSync("/etc/profile"), existsSync("/srv/datacentre-look-trial")]).toEqual([true, false]);
        expect(readFileSync(join(dir, "kept"), "utf8")).toBe("one\n");
        expect(statSync(join(dir, "kept"))).toMatchObject({ mtimeMs: before.mtimeMs, ctimeMs: before.ctimeMs, ino: before.ino });
        expect(["made", "more", "state"].filter((name) => existsSync(join(dir, name)))).toEqual([]);
    });

    inNamespace("says a file's lines, but of what not everybody may read and of steps with secrets", () => {
        writeFileSync(join(dir, "open"), "a\nb\n", { mode: 0o644 });
        const lines = (converge: string, secret?: boolean) => look(converge, secret).differences[0]!.lines;
        expect(lines(`put_file ${dir}/open 0644 root:root $'a\\nc\\n'`)).toEqual(["@@ -1,2 +1,2 @@", " a", "-b", "+c"]);
        for (const kept of [look(`put_file ${dir}/open 0600 root:root $'a\\nhidden\\n'`), look(`put_file ${dir}/open 0644 root:root $'a\\nhidden\\n'`, true)]) {
            expect(kept.stdout).not.toContain("hidden");
            expect(kept.differences[0]!.lines).toEqual(["(its lines are not shown, since not everybody may read it)"]);
        }
    });

    inNamespace("is clean where nothing is due, and finds a mode", () => {
        writeFileSync(join(dir, "same"), "x", { mode: 0o640 });
        execFileSync("chmod", ["0640", join(dir, "same")]);
        expect(look(`put_file ${dir}/same 0640 root:root x; put_dir ${dir} "0$(stat -c %a ${dir})" root:root`)).toMatchObject({ state: "clean", differences: [] });
        expect(told(`put_file ${dir}/same 0600 root:root x`)).toEqual([`${dir}/same is 640 root:root, not 600 root:root`]);
    });

    inNamespace("runs no program that changes more than files, by whatever way it is called", () => {
        mkdirSync(join(dir, "there"));
        const seen = look(`timeout 5 curl -X PUT http://127.0.0.1:9/x || true; bash -c 'curl -XDELETE http://127.0.0.1:9/y'; /usr/bin/curl -d z http://127.0.0.1:9/z; kill -9 1`);
        expect(seen.differences.map(({ what }) => what)).toEqual([
            "it would run: curl PUT http://127.0.0.1:9/x",
            "it would run: curl DELETE http://127.0.0.1:9/y",
            "it would run: curl http://127.0.0.1:9/z",
            "it would run: kill",
        ]);
    });

    inNamespace("hands on what a program says that cannot begin", () => {
        expect(lookBy(sharedProgram("web", "here", [], {}).text.replaceAll("/var/lib/datacentre", dir))).toMatchObject({
            state: "unseen",
            problem: "this host has lost its scripts\n  remedy: pulumi up --replace '**::scripts-here'",
        });
    });

    inNamespace("waits for nothing, and says what it cannot see behind a difference", () => {
        const begin = Date.now();
        const seen = look(`changed "started web"; wait_for 600 false; while [ "$SECONDS" -lt 600 ]; do sleep 1; done; fail "it does not serve" "mend it"`);
        expect(Date.now() - begin).toBeLessThan(60_000);
        expect(seen).toMatchObject({ state: "differs", notes: ["not looked at further: it does not serve"] });
        expect(seen.problem).toBeUndefined();
        expect(look(`wait_for 600 false || fail "it does not serve" "mend it"`)).toMatchObject({ state: "unseen", problem: "it does not serve\n  remedy: mend it" });
        expect(look(`ls /not/there 2>/dev/null`)).toMatchObject({ state: "unseen", problem: expect.stringContaining("a command failed with status 2") as string });
    });
});
