import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { formatAddress, parseNetwork } from "../../../config/network";
import type { CallContext } from "../provider/resource";
import { messageOf, ProviderError } from "../provider/errors";
import { DockerError, objectAt, type DockerApi } from "../docker/api";
import { ApiError } from "./errors";
import { failOnDemand } from "./faults";
import { filterOf, gatewayOf } from "./filter";
import { Store, type Account } from "./store";

/** Bytes: what the machines where this was made have between each other; DATACENTRE_ALICLOUD_MTU says another. */
const mtu = process.env["DATACENTRE_ALICLOUD_MTU"] ?? "1400";

/** Networks that stand for the internet are taken from here, where nobody's are (RFC 2544). */
const internetSpace = (index: number): string => `198.18.${index}.0/24`;

/** Where the machines find what the cloud gives them. */
export const guestDirectory = "/var/lib/alicloud-stand-in";

/**
 * One stack's simulated account and what it has on this machine's Docker engine: a network for each VPC, one that stands
 * for the internet, and a container for each instance. It all is below `<home>/stacks/<stack>/alicloud`.
 */
export class Cloud {
    public readonly store: Store;
    private running: Promise<void> | undefined;
    private next: Promise<void> | undefined;
    /** What each machine's filter was when it was last told of it. */
    private readonly applied = new Map<string, string>();

    public constructor(
        public readonly stack: string,
        public readonly region: string,
        public readonly api: DockerApi,
        directory = directoryOf(stack),
    ) {
        this.store = new Store(directory);
    }

    public get directory(): string {
        return this.store.directory;
    }

    /** On everything that is made on the engine. */
    public labels(): Record<string, string> {
        return { "datacentre.stand-in": "alicloud", "datacentre.stand-in.stack": this.stack };
    }

    /** The directory of one machine, which it sees as its own. */
    public machineDirectory(id: string): string {
        return join(this.directory, "machines", id);
    }

    /** Fails where a file of faults says so. */
    public fail(resource: string, call: string, subject: string, when: "before" | "after" = "before"): void {
        failOnDemand(this.directory, resource, call, subject, when);
    }

    /** Makes a network of the engine's, with the addresses that the cloud keeps to itself kept. */
    public async makeNetwork(name: string, cidr: string): Promise<void> {
        await this.api.call("POST", "/networks/create", {
            body: {
                Name: name,
                Driver: "bridge",
                CheckDuplicate: true,
                IPAM: { Config: [{ Subnet: cidr, Gateway: gatewayOf(cidr) }] },
                Options: { "com.docker.network.driver.mtu": mtu },
                Labels: this.labels(),
            },
        });
    }

    public async removeNetwork(name: string): Promise<void> {
        await this.api.call("DELETE", `/networks/${encodeURIComponent(name)}`).catch((error: unknown) => {
            if (!(error instanceof DockerError && error.httpStatus === 404)) {
                throw error;
            }
        });
    }

    /** The network whose addresses are public ones here; made when the first is asked for. */
    public async internet(): Promise<{ network: string; cidr: string }> {
        const there = this.store.read().internet;
        if (there) {
            return there;
        }
        const name = `${this.stack}-internet-stand-in`;
        const start = [...this.directory].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 256, 7);
        for (let index = 0; index < 32; index++) {
            const cidr = internetSpace((start + index) % 256);
            try {
                await this.makeNetwork(name, cidr);
                return this.store.change((account) => (account.internet = { network: name, cidr }));
            } catch (error) {
                if (!/overlap/i.test(messageOf(error))) {
                    throw new ProviderError(`the stand-in of the alicloud provider could not make ${name}: ${messageOf(error)}`);
                }
            }
        }
        throw new ProviderError("the stand-in of the alicloud provider found no free network in 198.18.0.0/16: remove some of Docker's networks");
    }

    /** A public address that nobody has. */
    public static freeAddress(account: Account): string {
        const network = parseNetwork(account.internet?.cidr ?? "");
        const taken = new Set(Object.values(account.eips).map(({ address }) => address));
        for (let address = (network?.first ?? 0) + 1; address < (network?.last ?? 0) - 2; address++) {
            if (!taken.has(formatAddress(address))) {
                return formatAddress(address);
            }
        }
        throw new ApiError("alicloud_eip_address", "AllocateEipAddress", "QuotaExceeded.Eip");
    }

    /**
     * Gives every machine the packet filter that the account now says. Calls while one is under way share the next one, so
     * that many rules made at once cost little.
     */
    public async sync(): Promise<void> {
        if (this.running) {
            this.next ??= this.running.then(() => {
                this.next = undefined;
                return this.start();
            });
            return this.next;
        }
        return this.start();
    }

    private start(): Promise<void> {
        this.running = this.applyAll().finally(() => (this.running = undefined));
        return this.running;
    }

    private async applyAll(): Promise<void> {
        const account = this.store.read();
        await Promise.all(Object.keys(account.instances).map((id) => this.applyTo(account, id)));
    }

    private async applyTo(account: Account, id: string): Promise<void> {
        const rules = filterOf(account, id);
        const directory = this.machineDirectory(id);
        if (this.applied.get(id) === rules) {
            return;
        }
        mkdirSync(directory, { recursive: true });
        // The machine reads it at its next boot too.
        writeFileSync(join(directory, "rules"), rules);
        if (await this.guest(account.instances[id]?.container ?? "", "apply")) {
            this.applied.set(id, rules);
        }
    }

    /** Forgets what a machine was told, since it is another one now. */
    public forget(id: string): void {
        this.applied.delete(id);
    }

    /**
     * Runs the cloud's script in a machine.
     *
     * @returns false when it is not running, or not there; it will run the script when it boots
     * @throws ProviderError when the script fails
     */
    public async guest(container: string, mode: "apply" | "release"): Promise<boolean> {
        return this.execute(container, ["/bin/bash", `${guestDirectory}/guest.sh`, mode]);
    }

    public async execute(container: string, command: string[]): Promise<boolean> {
        let id: string;
        try {
            const body = { Cmd: command, AttachStdout: true, AttachStderr: true };
            id = String((await this.api.object("POST", `/containers/${encodeURIComponent(container)}/exec`, { body }))["Id"]);
        } catch (error) {
            if (error instanceof DockerError && [404, 409].includes(error.httpStatus)) {
                return false;
            }
            throw error;
        }
        const said = await this.api.call("POST", `/exec/${id}/start`, { body: { Detach: false, Tty: true } });
        let state = await this.api.object("GET", `/exec/${id}/json`);
        // Output may be at its end before a busy engine knows of the program's own, and its status is null until then.
        for (let tries = 0; state["Running"] === true && tries < 100; tries++) {
            await sleep(100);
            state = await this.api.object("GET", `/exec/${id}/json`);
        }
        if (state["ExitCode"] !== 0) {
            throw new ProviderError(`${command.join(" ")} failed in ${container}: ${typeof said === "string" ? said.trim() : JSON.stringify(said)}`);
        }
        return true;
    }

    /** Whether a container is there, and runs. */
    public async look(container: string): Promise<{ running: boolean; started: string } | undefined> {
        const found = await this.api.find(`/containers/${encodeURIComponent(container)}/json`);
        if (!found) {
            return undefined;
        }
        const state = objectAt(found, "State");
        return { running: state["Running"] === true, started: String(state["StartedAt"] ?? "") };
    }
}

/** Where a stack's simulated account is kept. */
export function directoryOf(stack: string): string {
    const home = process.env["DATACENTRE_HOME"] ?? join(homedir(), ".local", "share", "datacentre");
    return process.env["DATACENTRE_ALICLOUD_HOME"] ?? join(home, "stacks", stack, "alicloud");
}

/** The stack that a call is about: its URN says. */
export const stackOf = (context: CallContext): string => context.urn.split("::")[0]?.replace(/^urn:pulumi:/, "") ?? "";
