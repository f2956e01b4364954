/** Changes that each make the default description wrong: what must be named, by key, and what its text must say. */
import type { Context } from "../../config";
import { archive, existing, node, sibling, type Edit } from "./good";

export type Row = readonly [what: string, edit: Edit, told: Readonly<Record<string, RegExp>>, context?: Partial<Context>];

const keyFile = (found: boolean, readable: boolean, mode: number) => ({ keyFile: () => ({ found, readable, mode }) });
const [replica, hash] = ["glusterfs.volumes[0]", "glusterfs.volumes[1]"];
const own = (name: string, hasRoles = true) => [{ name, address: "172.18.1.2", hasRoles }];
const old = Object.fromEntries([0, 1, 2, 3].map((index) => [`nodes[${index}].address`, `172.0.0.${index + 1}`]));
const provider = (subnet: string) => ({ kind: "docker", prefix: "dc", subnet });

export const nodes: Row[] = [
    ["a name twice", { "nodes[3].name": "agent2" }, {
        "nodes[3].name": /a name of its own/,
        [`${hash}.bricks[3]`]: /Use one of: master1, agent1, agent2/,
    }],
    ["an address twice", { "nodes[2].address": "172.18.1.1" }, { "nodes[2].address": /172.18.1.1 is the address of master1.*of its own/ }],
    ["an unknown role", { "nodes[0].roles[4]": "mesos" }, { "nodes[0].roles[4]": /"mesos".*docker, glusterfs, zookeeper, etcd/ }],
    ["a role with a slip", { "nodes[0].roles[2]": "zookeper" }, { "nodes[0].roles[2]": /Use zookeeper, if you meant that/ }],
    ["a role twice", { "nodes[0].roles[4]": "etcd" }, { "nodes[0].roles[4]": /each role once/ }],
    ["a name that means every machine", { "nodes[4]": node("localhost", 9) }, { "nodes[4].name": /another name/ }],
    ["a name that is a number", { "nodes[4]": node("0x7f", 9) }, { "nodes[4].name": /Begin the name with a letter/ }],
    ["a name whose last part is a number", { "nodes[4]": node("agent.10.9", 9) }, { "nodes[4].name": /take agent\.10\.9 for an address.*Begin the last part/ }],
    ["a name of this machine's own kind", { "nodes[4]": node("agent.localhost", 9) }, { "nodes[4].name": /another name/ }],
    ["a name with an empty part", { "nodes[4]": node("agent4..example", 9) }, { "nodes[4].name": /parts with dots between/ }],
    ["a name that ends with a dot", { "nodes[4]": node("agent4.example.", 9) }, { "nodes[4].name": /parts with dots between/ }],
    ["a name that Linux takes no longer", { "nodes[4]": node(`${"a".repeat(60)}.example`, 9) }, { "nodes[4].name": /at most 63/ }],
    ["an IPv6 address", { "nodes[3].address": "fd00::4" }, { "nodes[3].address": /IPv6 is out, since Mesos.*dotted IPv4/ }],
    ["an SSH address for a host of our own making", { "nodes[1].ssh.address": "10.9.9.9" }, { "nodes[1].ssh.address": /Leave it out/ }],
    ["a name with a shell's characters", { "nodes[4]": node("a$(reboot)", 9) }, { "nodes[4].name": /lower-case letters, digits/ }],
    ["a name that climbs", { "nodes[4]": node("../../etc", 9) }, { "nodes[4].name": /lower-case letters, digits/ }],
    ["a node without address", { "nodes[3].address": undefined }, { "nodes[3].address": /this is missing.*172.18.1.1/ }],
    ["an address that is none", { "nodes[3].address": "172.18.1.256" }, { "nodes[3].address": /dotted IPv4/ }],
    ["a key with a slip", { "nodes[0].adress": "172.18.1.1" }, { "nodes[0].adress": /Use address, if you meant that/ }],
    ["a key with another's name", { "nodes[0].ip": "172.18.1.1" }, { "nodes[0].ip": /Use address, if you meant that/ }],
    ["an unknown key at the top", { glusterf: {} }, { glusterf: /Use datacentre:glusterfs, if you meant that/ }],
    ["a node that is no group", { "nodes[3]": "agent3" }, { "nodes[3]": /a group of keys/, [`${hash}.bricks[3]`]: /Use one of/ }],
    ["no nodes", { nodes: undefined }, { nodes: /this is missing.*a list/ }],
    ["an empty list of nodes", { nodes: [], glusterfs: {} }, { nodes: /at least 1 entry/ }],
    ["an SSH port for a host of our own making", { "nodes[1].ssh.port": 2222 }, { "nodes[1].ssh.port": /Leave it out/ }],
    ["an SSH user for a host of our own making", { "nodes[1].ssh.user": "admin" }, { "nodes[1].ssh.user": /Leave it out/ }],
    ["a host whose key is not known", { ...existing, "nodes[2].ssh": undefined }, {
        "nodes[2].ssh.hostKey": /ssh-keyscan -t ed25519,ecdsa -p 22 172\.18\.1\.3/,
    }],
    ["a private key that is not there", existing, { "provider.privateKeyFile": /no file ~\/\.ssh\/id_ed25519/ }, keyFile(false, false, 0)],
    ["a private key that others can use", existing, { "provider.privateKeyFile": /chmod 0600 ~\/\.ssh\/id_/ }, keyFile(true, true, 0o644)],
    ["a private key that cannot be read", existing, { "provider.privateKeyFile": /chown/ }, keyFile(true, false, 0o600)],
    ["a key's path for a shell", { ...existing, "provider.privateKeyFile": "~/$(id)" }, { "provider.privateKeyFile": /absolute path/ }],
];

export const networks: Row[] = [
    ["document 000's network", { ...old, provider: provider("172.0.0.0/24") }, {
        "provider.subnet": /public.*172\.0\.0\.0\/24 of the old documents.*172\.18\.1\.0\/24/,
    }],
    ["a network that Docker's bridge has", { provider: provider("172.16.0.0/12") }, { "provider.subnet": /overlaps 172\.17\.0\.0\/16/ }],
    ["a network with a host's part", { "provider.subnet": "172.18.1.7/24" }, { "provider.subnet": /Write 172\.18\.1\.0\/24/ }],
    ["a network without length", { "provider.subnet": "172.18.1.0" }, { "provider.subnet": /CIDR/ }],
    ["a network without room", { provider: provider("172.18.1.0/30"), nodes: [node("one", 1, "docker")], glusterfs: {} }, {
        "provider.subnet": /at most 29/,
    }],
    ["an address outside of the network", { "nodes[0].address": "172.18.2.1" }, { "nodes[0].address": /from 172\.18\.1\.1 to 172\.18\.1\.254/ }],
    ["the gateway's address", { "nodes[0].address": "172.18.1.254" }, { "nodes[0].address": /is the gateway's address.*provider\.gateway/ }],
    ["the network's own address", { "nodes[0].address": "172.18.1.0" }, { "nodes[0].address": /the network's own address/ }],
    ["the broadcast address", { "nodes[0].address": "172.18.1.255" }, { "nodes[0].address": /broadcast/ }],
    ["a gateway outside of the network", { "provider.gateway": "172.18.2.254" }, { "provider.gateway": /use 172\.18\.1\.254/ }],
    ["loopback for a host that is there", { ...existing, "nodes[1].address": "127.0.1.1" }, { "nodes[1].address": /other nodes reach it/ }],
    ["a cloud without a way in", { provider: { kind: "alicloud", region: "cn-hangzhou", subnet: "172.18.1.0/24" } }, {
        "provider.bastion": /this is missing/,
        "provider.operatorCidrs": /this is missing/,
    }],
    ["an unknown provider", { "provider.kind": "openstack" }, { "provider.kind": /docker, containers, existing, alicloud/ }],
    ["no provider", { provider: undefined }, { provider: /this is missing/ }],
    ["a prefix of two stacks", {}, { "provider.prefix": /prefix of its own/ }, { siblings: [sibling({ prefix: "dc" })] }],
    ["a network of two stacks", {}, { "provider.subnet": /stack other/ }, { siblings: [sibling({ subnet: "172.18.0.0/16" })] }],
    ["a host of two stacks", existing, { "nodes[1].address": /also in stack other \(x\)/ }, {
        siblings: [sibling({ kind: "existing", nodes: own("x") })],
    }],
    ["a host that its maker manages", existing, { "nodes[1].address": /take the roles of x out/ }, { siblings: [sibling({ nodes: own("x") })] }],
    ["a host that another stack took over", {}, { "nodes[1].address": /also in stack other/ }, {
        siblings: [sibling({ kind: "existing", nodes: own("x") })],
    }],
];

export const docker: Row[] = [
    ["a registry without TLS", { "docker.insecureRegistries[0]": "master1:5000" }, { "docker.insecureRegistries[0]": /security: seed/ }],
    ["a mirror without TLS", { "docker.registryMirrors[0]": "http://m.example" }, { "docker.registryMirrors[0]": /https:\/\/m\.example/ }],
    ["a mirror with a path", { "docker.registryMirrors[0]": "https://m.example/v2" }, { "docker.registryMirrors[0]": /Write https:\/\/m\.example/ }],
    ["a mirror without scheme", { "docker.registryMirrors[0]": "m.example" }, { "docker.registryMirrors[0]": /begins with http/ }],
    ["a registry on no port", { security: "seed", "docker.insecureRegistries[0]": "master1:99999" }, {
        "docker.insecureRegistries[0]": /from 1 to 65535/,
    }],
    ["an unknown security profile", { security: "sed" }, { security: /Use seed, if you meant that/ }],
    ["document 000's key for Docker's data", { "docker.graph": "/mnt/docker-data" }, { "docker.graph": /Use dataRoot/ }],
    ["document 000's storage driver", { "docker.storageDriver": "overlay" }, { "docker.storageDriver": /Use overlay2/ }],
    ["a cluster store", { "docker.clusterStore": "etcd://master1:4001" }, { "docker.clusterStore": /where datacentre:calico\.dockerNetworks need it; take it out/ }],
    ["packets that do not fit", { "docker.mtu": 1500 }, { "docker.mtu": /at most 1400/ }],
    ["two logins for a registry", { "docker.credentials": [1, 2].map((n) => ({ registry: "r.example", username: "u", password: `p${n}` })) }, {
        "docker.credentials[1].registry": /Keep one/,
    }],
];

export const volumes: Row[] = [
    ["a brick on no node", { [`${hash}.bricks[3]`]: "agent9:/data/hash" }, { [`${hash}.bricks[3]`]: /Use one of: master1, agent1/ }],
    ["a brick on a node without the role", { "nodes[3].roles": ["docker"] }, { [`${hash}.bricks[3]`]: /Add glusterfs to the roles of agent3/ }],
    ["a brick that climbs", { [`${replica}.bricks[0]`]: "master1:/data/../etc" }, { [`${replica}.bricks[0]`]: /node:\/absolute\/path/ }],
    ["a brick for a shell", { [`${replica}.bricks[0]`]: "master1:/data/a;reboot" }, { [`${replica}.bricks[0]`]: /node:\/absolute\/path/ }],
    ["one brick twice", { [`${hash}.bricks[0]`]: "master1:/data/repli" }, { [`${hash}.bricks[0]`]: /is also a brick of replica_volume/ }],
    ["a brick within a brick", { [`${hash}.bricks[0]`]: "master1:/data/repli/hash" }, { [`${hash}.bricks[0]`]: /is within \/data\/repli/ }],
    ["a brick within a mount", { [`${hash}.bricks[0]`]: "master1:/data/mnt/hash" }, { [`${hash}.bricks[0]`]: /the mount of replica_volume/ }],
    ["a brick in Docker's data", { [`${replica}.bricks[0]`]: "master1:/mnt/docker-data/repli" }, {
        [`${replica}.bricks[0]`]: /Docker's data \(datacentre:docker\.dataRoot\)/,
    }],
    ["a mount within a brick", { [`${replica}.mount`]: "/data/hash/mnt" }, {
        ...Object.fromEntries([0, 1, 2, 3].map((index) => [`${hash}.bricks[${index}]`, /holds \/data\/hash\/mnt/])),
    }],
    ["two volumes of one name", { [`${hash}.name`]: "replica_volume" }, { [`${hash}.name`]: /name of its own/ }],
    ["two volumes on one mount", { [`${hash}.mount`]: "/data/mnt" }, { [`${hash}.mount`]: /the mount of replica_volume/ }],
    ["a mount on no node", { [`${replica}.mountOn`]: ["agent9"] }, { [`${replica}.mountOn[0]`]: /Use one of/ }],
    ["a volume's name for a shell", { [`${replica}.name`]: "v`id`" }, { [`${replica}.name`]: /letters, digits, _ and -/ }],
    ["an unknown type of volume", { [`${replica}.type`]: "replica" }, { [`${replica}.type`]: /Use replicated, if you meant that/ }],
    ["copies that do not fit the bricks", {
        [`${replica}.replica`]: 3,
        [`${replica}.bricks`]: ["master1", "agent1", "agent2", "agent3"].map((name) => `${name}:/data/repli`),
        [`${replica}.arbiter`]: undefined,
    }, { [`${replica}.replica`]: /Use replica 2 or 4, or make the number of bricks a multiple of 3/ }],
    ["copies on one node", {
        [`${replica}.bricks`]: ["master1:/data/repli", "agent1:/data/a", "agent1:/data/b"],
        [`${replica}.arbiter`]: undefined,
    }, { [`${replica}.bricks[2]`]: /on different nodes/ }],
    ["one copy that calls itself replicated", { [`${replica}.bricks[1]`]: undefined, [`${replica}.arbiter`]: undefined }, {
        [`${replica}.bricks`]: /two or more nodes/,
    }],
    ["an arbiter beside a data brick", { [`${replica}.arbiter`]: "agent1:/data/arbiter" }, { [`${replica}.arbiter`]: /a third node/ }],
    ["an arbiter for three bricks", { [`${replica}.bricks[2]`]: "agent3:/data/repli" }, { [`${replica}.arbiter`]: /exactly two bricks/ }],
    ["an arbiter with replica 3", { [`${replica}.replica`]: 3 }, { [`${replica}.replica`]: /take replica out/ }],
    ["an arbiter of nothing", { [`${hash}.arbiter`]: "master1:/data/arbiter" }, { [`${hash}.arbiter`]: /Take it out/ }],
    ["copies of a distributed volume", { [`${hash}.replica`]: 2 }, { [`${hash}.replica`]: /replicated/ }],
];

export const services: Row[] = [
    ["data in a system directory", { "zookeeper.dataDir": "/var/lib" }, { "zookeeper.dataDir": /\/var\/lib\/zookeeper/ }],
    ["data that a reboot takes", { "docker.dataRoot": "/tmp/docker" }, { "docker.dataRoot": /within the system's \/tmp.*\/mnt\/docker-data/ }],
    ["data right below a shared directory", { "etcd.dataDir": "/var/lib/etcd" }, { "etcd.dataDir": /two levels of your own/ }],
    ["a node's own data root in /etc", { "nodes[1].docker.dataRoot": "/etc/docker" }, { "nodes[1].docker.dataRoot": /\/mnt\/docker-data/ }],
    ["two services in one directory", { "zookeeper.dataDir": "/mnt/docker-data" }, { "zookeeper.dataDir": /directory of its own/ }],
    ["a service's data within another's", { "etcd.dataDir": "/mnt/docker-data/x/etcd" }, { "etcd.dataDir": /is within \/mnt\/docker-data/ }],
    ["two services on one port", { "zookeeper.clientPort": 2379 }, { "etcd.clientPort": /2379 of master1 \(datacentre:zookeeper\.clientPort\)/ }],
    ["two ports of one service alike", { "zookeeper.peerPort": 3888 }, { "zookeeper.electionPort": /another port/ }],
    ["a service on Gluster's port", { "etcd.extraClientPorts": [24007] }, { "etcd.extraClientPorts[0]": /GlusterFS/ }],
    ["a service on SSH's port", { "etcd.peerPort": 22 }, { "etcd.peerPort": /SSH/ }],
    ["an even ensemble", { "nodes[3].roles[3]": "zookeeper" }, { nodes: /role zookeeper to 3 or 5 nodes/ }],
    ["an ensemble of two", { "nodes[2].roles": ["glusterfs", "etcd"] }, { nodes: /role zookeeper to one or 3 nodes/ }],
    ["two members of one number", { "nodes[0].zookeeperId": 2 }, { "nodes[1].zookeeperId": /zookeeperId of its own/ }],
    ["a member that cannot be asked", { "zookeeper.fourLetterWords": ["ruok", "stat"] }, { "zookeeper.fourLetterWords": /Add srvr, mntr, conf/ }],
    [
        "members that cannot change their list",
        { "versions.zookeeper": "3.4.14", "sources.zookeeper": { kind: "archive", url: "https://a.example/zookeeper.tar.gz", sha256: "a".repeat(64) } },
        { "versions.zookeeper": /ZooKeeper 3\.4\.14 cannot change.*Use 3\.5\.3 or newer/ },
    ],
    ["a heap that is too small", { "zookeeper.heapMiB": 8 }, { "zookeeper.heapMiB": /8 is out of range.*at least 64/ }],
    ["a number as a text", { "zookeeper.heapMiB": "512" }, { "zookeeper.heapMiB": /without quotes/ }],
    ["document 000's URL without scheme", { "etcd.advertise": ["http://{name}:2379", "master1:4001"] }, {
        "etcd.advertise[1]": /master1:4001 has no scheme.*Write http:\/\/master1:4001\./,
    }],
    ["a URL without port", { "etcd.advertise[0]": "http://{address}" }, { "etcd.advertise[0]": /Write http:\/\/\{address\}:2379/ }],
    ["a URL of no client port", { "etcd.advertise[0]": "http://{name}:2380" }, { "etcd.advertise[0]": /extraClientPorts/ }],
    ["a URL of another scheme", { "etcd.advertise[0]": "zk://{name}:2379" }, { "etcd.advertise[0]": /Write http:\/\/\{name\}:2379/ }],
    ["a URL that no member answers", { "etcd.advertise[0]": "https://{name}:2379" }, { "etcd.advertise[0]": /plain HTTP/ }],
    ["a URL in plain HTTP where members speak TLS", { "etcd.tls": true, "etcd.advertise[0]": "http://{name}:2379" }, {
        "etcd.advertise[0]": /TLS alone.*Write https:\/\/\{name\}:2379/,
    }],
    ["a URL without scheme where members speak TLS", { "etcd.tls": true, "etcd.advertise[0]": "{name}" }, { "etcd.advertise[0]": /Write https:\/\/\{name\}:2379/ }],
    ["TLS that is no yes or no", { "etcd.tls": "yes" }, { "etcd.tls": /true or false/ }],
    ["a URL with a shell in it", { "etcd.advertise[0]": "http://$(id):2379" }, { "etcd.advertise[0]": /scheme, host and port and nothing else/ }],
    ["an election without patience", { "etcd.electionMs": 400 }, { "etcd.electionMs": /at least 500/ }],
    ["v2 where it is no more", { "etcd.v2Api": true, "versions.etcd": "3.6.4", "sources.etcd": archive }, {
        "etcd.v2Api": /versions\.etcd to "3\.4"/,
    }],
    ["a version that is not in the catalogue", { "versions.docker": "17.03" }, { "versions.docker": /Use one of: 20\.10\.24, .*, or what hosts' package sources have of 18\.09 to 28\.$/ }],
    ["a version after those that work", { "versions.glusterfs": "12" }, { "versions.glusterfs": /what hosts' package sources have of 9 to 11\.$/ }],
    ["a wish that is wider than what works", { "versions.etcd": "4" }, { "versions.etcd": /of 3\.3 to 3\.6, or give an archive/ }],
    ["members that cannot change their list, as packages too", { "versions.zookeeper": "3.5.2" }, { "versions.zookeeper": /cannot change their list while they run/ }],
    ["a version that only looks like one", { "versions.etcd": "3.40" }, { "versions.etcd": /Use one of: 3\.4\.23.*sources\.etcd/ }],
    ["a version without quotes", { "versions.etcd": 3.4 }, { "versions.etcd": /in quotes/ }],
    ["a version for a shell", { "versions.etcd": "3.4; id" }, { "versions.etcd": /plain version/ }],
    ["a download without checksum", { "versions.etcd": "3.5.21", "sources.etcd": { ...archive, sha256: undefined } }, {
        "sources.etcd.sha256": /this is missing.*sha256sum FILE/,
    }],
    ["a download with half a checksum", { "versions.etcd": "3.5.21", "sources.etcd": { ...archive, sha256: "abc" } }, {
        "sources.etcd.sha256": /64 small hexadecimal digits/,
    }],
    ["a download from a file", { "versions.etcd": "3.5.21", "sources.etcd": { ...archive, url: "file:///tmp/etcd.tar.gz" } }, {
        "sources.etcd.url": /begins with http/,
    }],
    ["a download of nobody knows which version", { "sources.etcd": archive }, { "versions.etcd": /the archive's version/ }],
    ["an archive of what has none", { "sources.docker": archive }, { "sources.docker.kind": /package, repository/ }],
];

const four = { nodes: /4 etcd members survive one failure, as 3 would/ };

/** Changes that are allowed, and told. */
export const warned: Row[] = [
    ["four etcd members", {}, four],
    ["single members", Object.fromEntries([1, 2, 3].map((index) => [`nodes[${index}].roles`, ["docker", "glusterfs"]])), { nodes: /when it is down/ }],
    ["two copies without arbiter", { [`${replica}.arbiter`]: undefined }, {
        ...four,
        [`${replica}.bricks`]: /split brain.*Add an arbiter on a third node/,
    }],
    ["document 000's etcd", { "versions.etcd": "3.2.15" }, { ...four, "versions.etcd": /older than 3\.4\.22/ }],
    ["a public address of a host that is there", { ...existing, "nodes[0].address": "172.0.0.1" }, {
        ...four,
        "nodes[0].address": /172\.0\.0\.0\/24 of the old documents.*172\.18\.1\.1/,
    }],
    ["two hosts of one key", { ...existing, "nodes[1].ssh.hostKey": "ssh-ed25519 AAAA0" }, { ...four, "nodes[1].ssh.hostKey": /ssh-keygen -A/ }],
    ["a yum host for what is packaged for apt only", { "nodes[3].packages": "yum" }, { ...four, "nodes[3].packages": /sources\.etcd/ }],
    ["a slow storage driver", { "docker.storageDriver": "vfs" }, { ...four, "docker.storageDriver": /overlay2/ }],
    ["Docker settings without Docker", { "nodes[3].roles": ["glusterfs", "etcd"], "nodes[3].docker.logMaxFiles": 9 }, {
        ...four,
        "nodes[3].docker": /Add docker to its roles/,
    }],
    ["a disk that fills", { "zookeeper.autopurgePurgeIntervalHours": 0 }, { ...four, "zookeeper.autopurgePurgeIntervalHours": /Use 6/ }],
];
