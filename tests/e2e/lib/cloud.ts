import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { readStackFile, type DataCentreInput } from "../../../config";
import { settles, type Result, type RunOptions } from "./run";
import { TestStack } from "./stack";

/** One of the project's own descriptions, unchanged but for what others on this machine have, such as addresses. */
export function asItIs(stack: string, changes: Record<string, string>): DataCentreInput {
    const text = Object.entries(changes).reduce((whole, [from, to]) => whole.replaceAll(from, to), JSON.stringify(readStackFile(stack)?.config));
    return JSON.parse(text) as DataCentreInput;
}

/** A stack on simulated instances. They are reached by plain ssh through master1's public address, which `up` tells. */
export class SimulatedStack extends TestStack {
    public entry = "";

    public override make(verb: string, variables: Record<string, string> = {}, options: RunOptions = {}): Promise<Result> {
        return super.make(verb, { SIMULATE: "1", ...variables }, options);
    }

    public override async must(verb: string, variables: Record<string, string> = {}): Promise<Result> {
        const result = await super.must(verb, variables);
        this.entry = /^ {2}master1\s+root@(\S+)/m.exec(result.output)?.[1] ?? this.entry;
        return result;
    }

    /** What the engine calls a node's machine. */
    public machine(node: string): string {
        const file = join(this.home, "simulated", "state", ".pulumi", "stacks", "datacentre", `${this.name}.json`);
        const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest: { resources: { urn: string; type: string }[] } } };
        return checkpoint.latest.resources.find(({ urn, type }) => type === "alicloud:ecs/instance:Instance" && urn.endsWith(`::${node}`))!.urn;
    }

    /** SIMULATE keeps keys and state apart. */
    public get keys(): string {
        return join(this.home, "simulated", "stacks", this.name);
    }

    /** What the simulated account refuses from now on. */
    public fault(list: object[]): void {
        mkdirSync(join(this.keys, "alicloud"), { recursive: true });
        writeFileSync(join(this.keys, "alicloud", "faults.json"), JSON.stringify(list));
    }

    /** Waits until everything is as described. */
    public green(): Promise<void> {
        return settles(180, async () => expect((await this.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));
    }

    protected override sshOptions(): string[] {
        const common = ["-i", join(this.keys, "ssh/id_ed25519"), "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
        return [...common, "-o", `ProxyCommand=ssh ${common.join(" ")} -W %h:%p root@${this.entry}`];
    }
}
