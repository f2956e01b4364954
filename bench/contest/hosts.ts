/** The compared hosts: bare ones of the lab, which are removed and made again for each run that starts from nothing. */
import { exec } from "../../ops/lib/exec";
import { pooled } from "../../ops/lib/pool";
import { Problem } from "../../ops/lib/say";
import type { Place } from "../work/stack";

const [prefix, subnet] = ["bench", "172.18.201.0/24"];

export interface BenchHost extends Place {
    /** Of its container. */
    readonly name: string;
}

async function lab(verb: "up" | "down", ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await exec("lab/hosts/hosts.sh", [verb, "--prefix", prefix, "--subnet", subnet, ...args], { env: process.env });
    if (code !== 0) {
        throw new Problem(`the hosts could not be ${verb === "up" ? "made" : "removed"}: ${stderr.trim()}`, "see above; 'scripts/setup --hosts' makes the host image");
    }
    return stdout;
}

/** Hosts with nothing but sshd and the lab's package files on them. Their host keys stay the same from one time to the next. */
export async function freshHosts(count: number, publicKeyFile: string, keys: string): Promise<BenchHost[]> {
    await lab("down");
    const text = await lab("up", "--count", String(count), "--image", "bare", "--key", publicKeyFile, "--host-key-dir", keys);
    const hosts = JSON.parse(text.slice(text.indexOf("["))) as BenchHost[];
    await pooled(hosts, 8, python);
    return hosts;
}

/** What Ansible wants of a host; ours and the others find it there as well. */
async function python({ name }: BenchHost): Promise<void> {
    const install = "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install python3 python3-apt";
    const { code, stderr } = await exec("docker", ["exec", name, "sh", "-c", `dpkg -s python3-apt >/dev/null 2>&1 || { ${install}; }`]);
    if (code !== 0) {
        throw new Problem(`Python, which Ansible needs, could not be installed on ${name}: ${stderr.trim().split("\n").slice(-3).join(" ")}`, "see that its package source is reached");
    }
}

export const removeHosts = (): Promise<string> => lab("down");

/** How many logins each host's sshd has accepted since it was made. */
export async function logins(hosts: readonly BenchHost[]): Promise<number[]> {
    const ask = async ({ name }: BenchHost): Promise<number> => {
        const { stdout } = await exec("docker", ["exec", name, "journalctl", "-q", "-o", "cat", "--no-pager", "-t", "sshd", "-t", "sshd-session", "-g", "^Accepted "]);
        return stdout.split("\n").filter((line) => line.startsWith("Accepted ")).length;
    };
    return Promise.all(hosts.map(ask));
}
