/** Where a node's commands are run: on a host by SSH, or in a container of an engine. */
import { spawn } from "node:child_process";

import { machineOf } from "../../components/nodes/containers/plan";
import { ssh, SshError, type SshOptions, type SshResult, type Target } from "../../components/ssh/ssh";
import { launcher } from "../../components/step/program";
import { exec, type ExecResult } from "./exec";

/** A container of an engine, as Docker's client takes both. */
export interface Inside {
    readonly engine: string;
    readonly name: string;
}

/** This machine, whose client of Docker speaks to that engine. */
export interface Beside {
    readonly engine: string;
}

export type Place = Target | Inside | Beside;

/** For texts. */
export const nameOf = (place: Place): string => ("host" in place ? place.host : "name" in place ? place.name : `the engine ${place.engine}`);

/** Where the engine of a container is asked. */
export function besides(place: Place): Beside {
    if (!("engine" in place)) {
        throw new Error(`${nameOf(place)} is no container`);
    }
    return { engine: place.engine };
}

/**
 * Runs a program of bash, which is fed by stdin, as root.
 *
 * @param word what the program is for; it is its first argument
 * @throws SshError when the place is not reached, with what to do
 */
export const runAt = (place: Place, word: string, options: SshOptions): Promise<SshResult> =>
    "engine" in place ? onEngine(place, word, options) : ssh(place, `${launcher(place.user)} ${word}`, options);

/** Docker's client, which reaches an engine elsewhere by ssh. Its own settings for an engine do not count. */
const dockerArguments = (engine: string, ...args: string[]): string[] => ["--host", engine, ...args];

/** Runs Docker's client for an engine. */
export const docker = (engine: string, ...args: string[]): Promise<ExecResult> =>
    exec("docker", dockerArguments(engine, ...args), { env: { ...process.env, DOCKER_HOST: undefined, DOCKER_CONTEXT: undefined } });

/** What to do when an engine does not answer. */
export const engineRemedy = (engine: string): string =>
    machineOf(engine)
        ? `see that 'ssh' reaches the machine of ${engine} from here without being asked, that it has Docker's client, and that the user there may use it ('docker ps')`
        : `is the Docker engine at ${engine} running, and may this user speak to it? 'make setup' starts one`;

function onEngine(place: Inside | Beside, word: string, { stdin = "", commandSeconds = 60, onStdout }: SshOptions): Promise<SshResult> {
    const { engine } = place;
    const name = nameOf(place);
    return new Promise((resolve, reject) => {
        const bash = ["bash", "-c", 'eval "$(cat)"', "datacentre", word];
        const [program = "", ...args] = "name" in place ? ["docker", ...dockerArguments(engine, "exec", "-i", "-u", "0", name), ...bash] : bash;
        const env = { ...process.env, DOCKER_HOST: engine, DOCKER_CONTEXT: undefined, DATACENTRE_PATH: process.env.PATH };
        const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
        let [stdout, stderr] = ["", ""];
        const timer = setTimeout(() => {
            child.kill("SIGKILL");
            reject(new SshError(`${name} did not finish in ${commandSeconds} s`, "is the engine's machine overloaded? see 'top' there"));
        }, commandSeconds * 1000);
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            stdout += text;
            onStdout?.(text);
        });
        child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
        child.stdin.on("error", () => undefined);
        child.stdin.end(stdin);
        child.on("error", (error) => {
            clearTimeout(timer);
            reject(new SshError(`${program} cannot be run: ${error.message}`, "install Docker's client, or run 'make setup'"));
        });
        child.on("close", (code) => {
            clearTimeout(timer);
            // Engines up to 27 say to stdout what they could not start.
            const said = stdout === "" ? stderr : stdout.startsWith("OCI runtime exec failed") ? stdout : undefined;
            const lost = said !== undefined && code !== 0 ? refusal(engine, name, said) : undefined;
            if (lost) {
                reject(lost);
            } else {
                resolve({ code: code ?? 255, stdout, stderr });
            }
        });
    });
}

/** Why a container runs nothing, in what Docker's client says. */
function refusal(engine: string, name: string, stderr: string): SshError | undefined {
    const said = stderr.trim().split("\n").at(-1) ?? "";
    if (said.includes("No such container")) {
        return new SshError(`the container ${name} is not there`, "'make up' makes it again, on its kept data");
    }
    if (/is not running|is restarting|is paused/.test(said)) {
        return new SshError(`the container ${name} does not run`, `'make up' starts it; why it ended: 'docker logs ${name}'`);
    }
    if (/bash.*(not found|no such file)/i.test(said)) {
        return new SshError(`the container ${name} has no bash, by which it is asked`, "name an image on Debian, Ubuntu or the like in datacentre:sources");
    }
    if (/Cannot connect to the Docker daemon|error during connect|docker.sock/.test(stderr)) {
        return new SshError(`the engine ${engine} is not reached: ${said.slice(0, 200)}`, engineRemedy(engine));
    }
    return undefined;
}
