import { z } from "zod";

import { alicloudSchema } from "./schema-alicloud";
import { bundleSchema } from "./schema-bundle";
import { calicoSchema } from "./schema-calico";
import { mirrorSchema } from "./schema-mirror";
import { appsSchema, appWaitSchema, imageReference, marathonLbSchema, marathonSchema, mesosSchema, nodeMesosSchema, registrySchema } from "./schema-mesos";
import { calicoSourceSchema, marathonSourceSchema, mesosSourceSchema, sourceSchema } from "./schema-sources";
import { brick, cidr, fileUrl, hostAddress, httpUrl, ipv4, name, path, port, registry, sha256, versionText, volumeName } from "./texts";

/**
 * The one description of a data centre, as it stands under the project's name in `Pulumi.<stack>.yaml`.
 * This file says what each key looks like; `rules/` says what must hold between them.
 * `datacentre.schema.json`, which editors complete from, is generated from here (`make schema`).
 */

/** What a node does. Every node with any role is prepared and watched; one with none is only made. */
export const roles = ["docker", "glusterfs", "zookeeper", "etcd", "calico", "mesos-master", "mesos-agent", "marathon"] as const;
export type Role = (typeof roles)[number];

const storageDriver = z.enum(["overlay2", "vfs", "btrfs", "zfs"]);

const unixUser = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, "use a Unix user name");

const hostKey = z
    .string()
    .regex(/^(ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) [A-Za-z0-9+/=]+$/, "use 'type base64' as in the host's .pub file");

export const nodeSchema = z.strictObject({
    name: name.describe("The node's host name, unique in the stack."),
    address: ipv4.describe("The node's private IPv4 address: SSH and every service listen and are reached here."),
    roles: z.array(z.enum(roles)).default([]).describe("What runs on the node. None: the node is made, nothing is put on it."),
    ssh: z
        .strictObject({
            port: port.default(22),
            user: unixUser.default("root").describe("root, or a user with password-less sudo."),
            hostKey: hostKey.optional().describe("The host's public key. Needed for provider `existing`; made by us for `docker`."),
            bastion: z.boolean().optional().describe("Whether the node is reached through the provider's bastion; by default, if there is one."),
        })
        .prefault({})
        .describe("How the node is reached by SSH."),
    packages: z.enum(["auto", "apt", "yum"]).default("auto").describe("The host's package family; `auto` looks."),
    zookeeperId: z.int().min(1).max(255).optional().describe("The member's number; by default its place among the members."),
    docker: z
        .strictObject({
            dataRoot: path.optional(),
            storageDriver: storageDriver.optional(),
            logMaxSizeMiB: z.int().min(1).max(10240).optional(),
            logMaxFiles: z.int().min(1).max(100).optional(),
            reachableRegistries: z.array(registry).optional(),
        })
        .prefault({})
        .describe("This node's own Docker settings, over the stack's."),
    mesos: nodeMesosSchema.prefault({}).describe("This node's own agent settings, over the stack's."),
});

const privateKeyPath = z
    .string()
    .regex(
        /^(?!.*\/\.\.(\/|$))~?\/[^\s\p{C}'"`$\\;&|<>*?]+$/u,
        "use an absolute path, or one that begins with ~/, without '..', blanks, quotes or shell characters",
    );

const bastionSchema = z.strictObject({
    host: hostAddress.describe("Its address or name, as this machine reaches it."),
    port: port.default(22),
    user: unixUser.default("root").describe("A user that may forward TCP connections; it needs no sudo."),
    hostKey: hostKey.optional().describe("The bastion's public key. Needed."),
    privateKeyFile: privateKeyPath.optional().describe("The key for the bastion; by default the nodes'."),
});

const providerSchema = z.discriminatedUnion("kind", [
    z.strictObject({
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
    }),
    z.strictObject({
        kind: z.literal("existing").describe("Hosts are there already and are reached by SSH."),
        privateKeyFile: privateKeyPath.describe("The private key's path on the operator's machine; ~ is the home directory."),
        bastion: bastionSchema.optional().describe("The host through which nodes are reached by SSH, when this machine cannot reach them."),
    }),
    alicloudSchema,
]);

const dockerSchema = z.strictObject({
    dataRoot: path.default("/mnt/docker-data").describe("Where images and containers are kept."),
    storageDriver: storageDriver.default("overlay2"),
    insecureRegistries: z.array(registry).default([]).describe("Registries spoken to without TLS; security profile `seed` only."),
    registryMirrors: z.array(httpUrl).default([]),
    reachableRegistries: z
        .array(registry)
        .optional()
        .describe("The only registries that engines reach (docker.io is Docker Hub); left out, any may be reached."),
    mtu: z.int().min(576).max(9000).optional().describe("Bytes; by default the hosts' network's."),
    logMaxSizeMiB: z.int().min(1).max(10240).default(50).describe("A container's log file is rotated at this size."),
    logMaxFiles: z.int().min(1).max(100).default(3),
    credentials: z
        .array(
            z.strictObject({
                registry,
                username: z.string().regex(/^[^\s:\p{C}]+$/u, "use the login's name, without blanks and colons"),
                password: z
                    .string("give the login's password")
                    .regex(/^[^\p{C}]+$/u, "give a password without control characters")
                    .describe("Secret: set it with `pulumi config set --secret --path`."),
            }),
        )
        .default([])
        .describe("Logins that every engine's root user has to private registries."),
    images: z
        .array(
            z.strictObject({
                image: imageReference,
                archive: z.union([fileUrl, httpUrl]).describe("A `docker save` archive: file:/// for one that is on the host."),
                sha256: sha256.optional().describe("The archive's checksum; needed for http and https."),
                nodes: z.array(name).optional().describe("Which engines get it; by default all."),
            }),
        )
        .default([])
        .describe("Images for engines that reach no registry, loaded when they are not there."),
});

const glusterfsSchema = z.strictObject({
    volumes: z
        .array(
            z.strictObject({
                name: volumeName,
                type: z.enum(["replicated", "distributed"]),
                replica: z
                    .int()
                    .min(2)
                    .max(5)
                    .optional()
                    .describe("Data copies of a replicated volume; by default one for each brick."),
                bricks: z.array(brick).min(1),
                arbiter: brick.optional().describe("Holds names and metadata only, so that two data bricks cannot split."),
                mount: path.describe("Where the volume is mounted, on every node with role glusterfs unless `mountOn` says."),
                mountOn: z.array(name).optional(),
                pingTimeoutSeconds: z.int().min(1).max(300).default(10).describe("How long I/O stalls when a brick's host dies."),
            }),
        )
        .default([]),
});

const zookeeperSchema = z.strictObject({
    clientPort: port.default(2181),
    peerPort: port.default(2888),
    electionPort: port.default(3888),
    dataDir: path.default("/var/lib/zookeeper"),
    heapMiB: z.int().min(64).max(32768).default(256),
    tickTimeMs: z.int().min(100).max(60000).default(2000),
    initLimitTicks: z.int().min(1).max(1000).default(10),
    syncLimitTicks: z.int().min(1).max(1000).default(5),
    maxClientConnections: z.int().min(0).max(100000).default(200),
    autopurgeSnapRetainCount: z.int().min(3).max(1000).default(3),
    autopurgePurgeIntervalHours: z.int().min(0).max(720).default(6).describe("0 never purges, and the disk fills."),
    fourLetterWords: z
        .array(z.enum(["ruok", "srvr", "stat", "mntr", "conf", "cons", "dump", "envi", "wchs", "isro"]))
        .default(["ruok", "srvr", "mntr", "stat", "conf", "isro"])
        .describe("Words that a member answers; `ruok`, `srvr` and `mntr` are needed."),
});

const etcdSchema = z.strictObject({
    clientPort: port.default(2379),
    extraClientPorts: z
        .array(port)
        .default([4001])
        .describe("Further ports for clients; 4001 is the old one of document 000's era."),
    peerPort: port.default(2380),
    dataDir: path.default("/var/lib/etcd/default.etcd"),
    token: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "use 1 to 64 letters, digits, '.', '_' and '-', a letter or digit first")
        .default("datacentre-etcd")
        .describe("initial-cluster-token."),
    advertise: z
        .array(z.string())
        .optional()
        .describe(
            "Client URLs to advertise besides those made from nodes and ports, each with {name} or {address} for the member.",
        ),
    quotaBackendMiB: z
        .int()
        .min(16)
        .max(8192)
        .default(2048)
        .describe("Above it the cluster takes no writes until it is compacted."),
    autoCompactionRetention: z
        .string()
        .regex(/^[0-9]+(h|m)$/, "use hours or minutes, such as 1h or 30m")
        .default("1h"),
    snapshotCount: z.int().min(100).max(1000000).default(10000),
    heartbeatMs: z.int().min(10).max(5000).default(100),
    electionMs: z.int().min(50).max(50000).default(1000),
    v2Api: z.boolean().default(false).describe("Serve the v2 API too (3.5 and older); documents of the time need it."),
});

export const dataCentreSchema = z.strictObject({
    extends: z.array(z.string()).optional().describe("Files of the checkout, laid out as this one, that stacks share: what they say holds where this one says nothing. Groups are merged key by key; a null takes a default away."),
    provider: providerSchema.describe("Where the nodes come from."),
    nodes: z.array(nodeSchema).min(1).describe("The nodes, in order: the first of a role goes first."),
    security: z
        .enum(["default", "seed"])
        .default("default")
        .describe("`seed` allows what the old documents do (plain HTTP registries); `default` refuses it."),
    versions: z
        .strictObject({
            docker: versionText.optional(),
            glusterfs: versionText.optional(),
            zookeeper: versionText.optional(),
            etcd: versionText.optional(),
            calico: versionText.optional(),
            mesos: versionText.optional(),
            marathon: versionText.optional(),
        })
        .prefault({})
        .describe("Versions from the catalogue; each component has a default."),
    sources: z
        .strictObject({
            zookeeper: sourceSchema.optional(),
            etcd: sourceSchema.optional(),
            calico: calicoSourceSchema.optional(),
            mesos: mesosSourceSchema.optional(),
            marathon: marathonSourceSchema.optional(),
        })
        .prefault({})
        .describe("Where programs come from, over the catalogue's entries."),
    timeServers: z
        .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/, "use a host name or address"))
        .default([])
        .describe("NTP servers; by default the package's own."),
    docker: dockerSchema.prefault({}).describe("The Docker engine on every node with role docker."),
    glusterfs: glusterfsSchema.prefault({}).describe("Volumes of the nodes with role glusterfs."),
    zookeeper: zookeeperSchema.prefault({}).describe("The ensemble of the nodes with role zookeeper."),
    etcd: etcdSchema.prefault({}).describe("The cluster of the nodes with role etcd."),
    calico: calicoSchema.prefault({}).describe("Calico on the nodes with role calico."),
    mesos: mesosSchema.prefault({}).describe("Masters on the nodes with role mesos-master, agents on those with role mesos-agent."),
    marathon: marathonSchema.prefault({}).describe("Marathon on the nodes with role marathon: one leads, the others stand by."),
    registry: registrySchema.optional().describe("A Docker registry, as an app of Marathon's."),
    marathonLb: marathonLbSchema.optional().describe("marathon-lb, as an app of Marathon's."),
    apps: appsSchema.describe("Further apps, each as Marathon's own definition."),
    bundle: bundleSchema.optional().describe("For nodes without internet: everything comes from a folder that `make bundle` filled."),
    mirror: mirrorSchema.optional().describe("For nodes without internet beside one that has it: everything is fetched through that one."),
    appWait: appWaitSchema.prefault({}).describe("How long apps may take."),
});

/** The description after defaults: what every component works from. */
export type DataCentre = z.output<typeof dataCentreSchema>;
/** The description as a person writes it. */
export type DataCentreInput = z.input<typeof dataCentreSchema>;
export type NodeSpec = DataCentre["nodes"][number];
export type ProviderSpec = DataCentre["provider"];
export type VolumeSpec = DataCentre["glusterfs"]["volumes"][number];
export type Brick = VolumeSpec["bricks"][number];

/** Keys (`*` for any index) whose values are secret: they must be set with `--secret` and never leave as plain text. */
export const secretKeys = ["docker.credentials.*.password", "marathon.credentials.password"] as const;
