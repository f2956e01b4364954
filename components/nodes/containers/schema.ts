import { z } from "zod";

import type { ProviderSchema } from "../../../config/system-schema";
import { cidr, ipv4, name } from "../../../config/texts";

const socket = "unix:\\/\\/(\\/(?!\\.\\.?(\\/|$))[A-Za-z0-9._-]+)+";
const machine = "ssh:\\/\\/([a-z_][a-z0-9_-]{0,31}@)?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?";
/** `unix:///var/run/docker.sock`, or `ssh://user@host:port`: what Docker's own client takes. */
const engine = z
    .string()
    .regex(new RegExp(`^(${socket}|${machine})$`), "use unix:///var/run/docker.sock, or ssh://user@host")
    .refine((text) => Number(/^ssh:.*:([0-9]+)$/.exec(text)?.[1] ?? 1) < 65536, "use a port from 1 to 65535, or leave it out");

const schema = z.strictObject({
    kind: z.literal("containers").describe("Nodes are containers of one Docker engine, each with the program of its role; no SSH to them, and no systemd."),
    prefix: name.describe("Put before every container, volume and network name; unique among stacks on the engine."),
    engine: engine
        .default("unix:///var/run/docker.sock")
        .describe("The Docker engine: this machine's socket, or another machine's by SSH, as `ssh` on this machine reaches it without being asked."),
    subnet: cidr.describe("The containers' network, in private space."),
    gateway: ipv4.optional().describe("The engine's own address in it; by default the network's last usable one."),
    mtu: z.int().min(576).max(9000).default(1500).describe("Bytes. Not above the uplink's."),
    address: ipv4
        .optional()
        .describe("The address of the engine's machine at which its published ports, and so tasks, are known to all; by default the gateway, which only containers and the machine itself reach."),
    publishAddress: ipv4.default("0.0.0.0").describe("The engine's machine publishes the proxies' ports at this address of its own; tasks' ports are the engine's own, at all addresses."),
});

/** Containers of one engine as nodes. */
export const containersProvider = {
    kind: "containers",
    schema: () => schema,
    duties: [],
} as const satisfies ProviderSchema;
