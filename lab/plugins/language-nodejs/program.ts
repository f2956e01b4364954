import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { RunResponse } from "@pulumi/pulumi/proto/language_pb";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { messageOf } from "../provider/errors";
import { readOptions } from "./options";

/** The exit code of a program that has shown its error already: nothing more is to be said. */
const ALREADY_REPORTED = 32;
const KILL_AFTER = 5000;

function failure(error: string): RunResponse {
    const response = new RunResponse();
    response.setError(error);
    return response;
}

/** Config under the names that the SDK reads: `project:config:key`. */
export function configVariable(config: Iterable<[string, string]>): string {
    return JSON.stringify(Object.fromEntries([...config].map(([key, value]) => {
        const parts = key.split(":");
        const name = parts.length === 2 ? `${parts[0]}:config:${parts[1]}` : key;
        return [name, value];
    })));
}

/** The arguments of `@pulumi/pulumi/cmd/run` for a request. */
export function programArguments(request: RunRequest, engineAddress: string): string[] {
    const info = request.getInfo();
    const named: [string, string][] = [
        ["monitor", request.getMonitorAddress()],
        ["engine", engineAddress],
        ["organization", request.getOrganization()],
        ["project", request.getProject()],
        ["root-directory", info?.getRootDirectory() ?? ""],
        ["stack", request.getStack()],
        ["pwd", info?.getProgramDirectory() ?? request.getPwd()],
    ];
    const given = named.flatMap(([name, value]) => value === "" ? [] : [`--${name}`, value]);
    return [
        ...given, ...(request.getDryrun() ? ["--dry-run"] : []), "--parallel", String(request.getParallel()),
        info?.getEntryPoint() ?? request.getProgram(), ...request.getArgsList(),
    ];
}

/** Programs that run, so that all can be stopped when the engine cancels or is gone. */
export class Programs {
    private readonly running = new Set<ChildProcess>();

    /** Asks every program to end, and makes it after 5 s. */
    public stop(): void {
        for (const child of this.running) {
            child.kill("SIGINT");
            setTimeout(() => child.kill("SIGKILL"), KILL_AFTER).unref();
        }
    }

    /** Resolves when no program runs. */
    public async idle(): Promise<void> {
        await Promise.all([...this.running].map(async (child) =>
            new Promise<void>((resolve) => child.once("close", () => resolve()))));
    }

    /** Ends every program at once. */
    public kill(): void {
        for (const child of this.running) {
            child.kill("SIGKILL");
        }
    }

    /**
     * Runs the program of a request to its end. Its output goes to ours, which the engine shows. The answer has an error
     * for every exit code but 0, and `bail` without error when the program has reported by itself.
     */
    public async run(request: RunRequest, engineAddress: string): Promise<RunResponse> {
        const info = request.getInfo();
        const folder = info?.getProgramDirectory() ?? request.getPwd();
        let runner: string;
        let options;
        try {
            runner = createRequire(join(folder, "package.json")).resolve("@pulumi/pulumi/cmd/run");
        } catch {
            return failure("It looks like the Pulumi SDK has not been installed. Have you run pulumi install?");
        }
        try {
            options = readOptions(info?.getOptions()?.toJavaScript() as Record<string, unknown> | undefined ?? {});
        } catch (error) {
            return failure(messageOf(error));
        }
        const env: NodeJS.ProcessEnv = {
            ...process.env,
            PULUMI_CONFIG: configVariable(request.getConfigMap().getEntryList()),
            PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
            ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
            ...(options.tsconfig === "" ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
        };
        const child = spawn("node", [...options.nodeargs, runner, ...programArguments(request, engineAddress)], {
            env,
            stdio: ["ignore", "pipe", "pipe"],
        });
        this.running.add(child);
        child.stdout.pipe(process.stdout, { end: false });
        child.stderr.pipe(process.stderr, { end: false });
        return new Promise((resolve) => {
            const finish = (response: RunResponse): void => {
                this.running.delete(child);
                resolve(response);
            };
            child.once("error", (error) => finish(failure(
                `Problem executing program (could not run language executor): ${error.message}`)));
            child.once("close", (code) => {
                const response = new RunResponse();
                if (code === ALREADY_REPORTED) {
                    response.setBail(true);
                } else if (code !== 0) {
                    response.setError(`Program exited with non-zero exit code: ${code ?? -1}`);
                }
                finish(response);
            });
        });
    }
}
