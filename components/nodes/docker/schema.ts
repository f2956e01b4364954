import { z } from "zod";

import type { ProviderSchema } from "../../../config/system-schema";
import { cidr, ipv4, name, path } from "../../../config/texts";

const schema = z.strictObject({
    kind: z.literal("docker").describe("Hosts are systemd containers on this machine's Docker engine."),
    prefix: name.describe("Put before every container, volume and network name; unique among stacks on the machine."),
    subnet: cidr.describe("The hosts' network, in private space."),
    gateway: ipv4.optional().describe("The bridge's own address; by default the network's last usable one."),
    mtu: z.int().min(576).max(9000).default(1400).describe("Bytes. Not above the uplink's."),
    image: z
        .string()
        .regex(/^(?!.*\.\.)[a-z0-9][A-Za-z0-9._/:@-]*$/, "use an image reference, such as datacentre-host:current")
        .default("datacentre-host:current"),
    socket: path.default("/var/run/docker.sock"),
});

/** Containers of this machine as hosts. */
export const dockerProvider = {
    kind: "docker",
    schema: () => schema,
    duties: [],
    isLab: true,
    standIns: {
        values: {
            // Of the kinds the one that asks for least.
            provider: { kind: "docker", prefix: "stand-in", subnet: "0.0.0.0/0" },
            "provider.prefix": "stand-in",
            "provider.subnet": "0.0.0.0/0",
        },
    },
} as const satisfies ProviderSchema;
