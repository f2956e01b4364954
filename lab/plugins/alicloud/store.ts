import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the stand-in's account has: everything that the API would know. Kept in one JSON file. */
export interface Account {
    /** Docker network that stands for the internet, its CIDR, once an address of it was given away. */
    internet?: { network: string; cidr: string };
    vpcs: Record<string, { name: string; cidr: string; network: string }>;
    vswitches: Record<string, { vpc: string; cidr: string; zone: string }>;
    groups: Record<string, { vpc: string; name: string; innerAccess: string }>;
    rules: Record<string, RuleRecord>;
    keyPairs: Record<string, { publicKey: string }>;
    eips: Record<string, { address: string; boundTo?: string }>;
    nats: Record<string, { vpc: string; vswitch: string }>;
    snats: Record<string, { nat: string; address: string; vswitch?: string; cidr?: string }>;
    disks: Record<string, { zone: string; size: number; instance?: string; keep: boolean }>;
    instances: Record<string, InstanceRecord>;
}

/** An ingress rule. */
export interface RuleRecord {
    group: string;
    protocol: string;
    ports: string;
    cidr?: string;
    source?: string;
    policy: string;
    priority: number;
}

/** An ECS instance, which is a container. */
export interface InstanceRecord {
    name: string;
    container: string;
    vswitch: string;
    address: string;
    groups: string[];
    deletionProtection: boolean;
}

const empty = (): Account => ({
    ...{ vpcs: {}, vswitches: {}, groups: {}, rules: {}, keyPairs: {}, eips: {}, nats: {}, snats: {}, disks: {}, instances: {} },
});

/** The account's file in a directory; what is read is always what was last written there, by whichever process. */
export class Store {
    private readonly file: string;

    public constructor(public readonly directory: string) {
        this.file = join(directory, "account.json");
    }

    public read(): Account {
        return existsSync(this.file) ? { ...empty(), ...(JSON.parse(readFileSync(this.file, "utf8")) as Account) } : empty();
    }

    /** Changes the account; written whole, so that a killed plugin leaves the state before or after. */
    public change<Result>(edit: (account: Account) => Result): Result {
        const account = this.read();
        const result = edit(account);
        mkdirSync(this.directory, { recursive: true, mode: 0o700 });
        const temporary = `${this.file}.${process.pid}`;
        writeFileSync(temporary, `${JSON.stringify(account, undefined, 2)}\n`, { mode: 0o600 });
        renameSync(temporary, this.file);
        return result;
    }
}

/** An id that nobody takes for one of Alibaba Cloud's: `i-standin0123456789ab`. */
export const newId = (kind: string): string => `${kind}-standin${randomBytes(6).toString("hex")}`;
