import type { DataCentre, NodeSpec } from "../../config";
import type { Finding, Probe } from "../verify/probe";
import { leadMember, nodeMounts, poolMembers, volumePlans, type MountPlan, type VolumePlan } from "./plan";

const system = "glusterfs";
const converge = "run 'make up CONVERGE=1', which mends it";
const gluster = "timeout 8 gluster --mode=script";

/** Cluster-wide questions take a lock, and are refused while another one holds it: asked again, with some luck between. */
const asking = (words: string): string =>
    `for try in 1 2 3 4 5 6; do said=$(${gluster} ${words} 2>&1) && break; ` +
    `[[ $said == *"nother transaction"* ]] || break; sleep 0.$((RANDOM % 9 + 1)); done; printf '%s\\n' "$said"`;

const finding = (ok: boolean, found: string, expected: string, remedy: string): Finding =>
    ok ? { ok, found, expected } : { ok, found, expected, remedy };

const matches = (text: string, pattern: RegExp): string[][] => [...text.matchAll(pattern)].map((match) => [...match].slice(1));

function memberProbes(node: NodeSpec, members: readonly NodeSpec[]): Probe[] {
    const others = members.filter((member) => member !== node).map((member) => member.name);
    return [
        {
            node: node.name,
            system,
            row: "glusterd",
            command:
                "systemctl is-enabled glusterd.service; systemctl is-active glusterd.service && " +
                `${gluster} pool list >/dev/null && echo answers`,
            evaluate: (output) => {
                const expected = "enabled, active, answers";
                const found = output.trim().split("\n").join(", ") || "no answer";
                return finding(found === expected, found, expected, `see 'journalctl -u glusterd' on ${node.name}; ${converge}`);
            },
        },
        {
            node: node.name,
            system,
            row: "peers",
            command: `${gluster} peer status`,
            evaluate: (output) => {
                // A peer's block: its name, its state, and the other names that it goes by.
                const blocks = output.split(/\n(?=Hostname: )/);
                const state = (name: string): string =>
                    blocks
                        .filter((block) => block.split(/\s+/).includes(name))
                        .map((block) => /^State: (.*)$/m.exec(block)?.[1] ?? "without a state")[0] ?? "not in the pool";
                // A member may know another one by its address: counted, then, and not named.
                const connected = matches(output, /^State: (Peer in Cluster \(Connected\))$/gm).length;
                const bad = others.filter((name) => state(name) !== "Peer in Cluster (Connected)");
                const answered = output.includes("Number of Peers");
                const ok = answered && connected === others.length && (bad.length === 0 || blocks.length === others.length + 1);
                const all = `${connected} connected`;
                const found = ok || bad.length === 0 ? all : bad.map((name) => `${name}: ${state(name)}`).join("; ");
                const remedy =
                    connected > others.length
                        ? `one that is not described: 'gluster peer detach NAME' on ${node.name}, when no volume has bricks there ('gluster peer status')`
                        : `is glusterd up there and port 24007 open between the nodes? ${converge}`;
                return finding(ok, answered ? found : "no answer", `${others.length} connected`, remedy);
            },
        },
    ];
}

/** "Type: …", "Status: …", options and bricks of `gluster volume info`, which asks no other member. */
function definitionProbe(lead: NodeSpec, volume: VolumePlan): Probe {
    // Only between copies does the order of bricks mean something; a distributed volume that grew has its own.
    const words = (type: string, copies: string, bricks: readonly string[]): string =>
        `${type}${copies && ` (${copies} copies)`} of ${(type === "Distribute" ? [...bricks].sort() : bricks).join(" ")}`;
    const copies = volume.arbiter ? `${volume.copies - 1} + 1` : volume.copies === 1 ? "" : String(volume.copies);
    const expected = `started, ${words(volume.type, copies, volume.bricks)}`;
    return {
        node: lead.name,
        system,
        row: `volume ${volume.name}`,
        command: `${gluster} volume info ${volume.name}`,
        evaluate: (output) => {
            const lines = output.split("\n");
            const field = (key: string): string =>
                lines
                    .find((line) => line.startsWith(`${key}: `))
                    ?.slice(key.length + 2)
                    .trim() ?? "";
            const bricks = matches(output, /^Brick\d+: (\S+)/gm).flat();
            const options = Object.entries(volume.options).filter(([key, value]) => field(key) !== value);
            const [, inSet = ""] = /^\d+ x \(?([\d +]+)/.exec(field("Number of Bricks")) ?? [];
            const state = field("Status").toLowerCase();
            const found = state ? `${state}, ${words(field("Type"), inSet.trim(), bricks)}` : "not there";
            const off = state && options.map(([key]) => `; ${key} is ${field(key) || "unset"}`).join("");
            const due = options.map(([key, value]) => `; ${key} is ${value}`).join("");
            return finding(found === expected && options.length === 0, found + off, expected + due, converge);
        },
    };
}

function bricksProbe(lead: NodeSpec, volume: VolumePlan): Probe {
    const total = volume.bricks.length;
    return {
        node: lead.name,
        system,
        row: `volume ${volume.name}: bricks`,
        command: asking(`volume status ${volume.name} detail`),
        evaluate: (output) => {
            const states = matches(output, /^Brick +: Brick (\S+)[^]*?^Online +: ([YN])/gm);
            const online = states.filter(([, state]) => state === "Y").map(([brick]) => brick);
            const off = volume.bricks.filter((brick) => !online.includes(brick));
            return finding(
                off.length === 0 && states.length === total,
                `${online.length} of ${total} online${off.length > 0 && states.length > 0 ? `, not ${off.join(", ")}` : ""}`,
                `${total} of ${total} online`,
                `is the brick's host up, and its disk mounted? ${converge}`,
            );
        },
    };
}

/** Of replicated volumes: whether every copy is the same, or will be by itself, or cannot be. */
function healProbe(lead: NodeSpec, volume: VolumePlan): Probe {
    return {
        node: lead.name,
        system,
        row: `volume ${volume.name}: copies`,
        command: `${gluster} volume heal ${volume.name} info summary`,
        evaluate: (output) => {
            const counts = (label: string): number[] =>
                matches(output, new RegExp(`^${label}: (\\d+)$`, "gm")).map(([count]) => Number(count));
            const sum = (label: string): number => counts(label).reduce((total, count) => total + count, 0);
            const counted = counts("Total Number of entries").length;
            const pending = sum("Total Number of entries");
            const split = sum("Number of entries in split-brain");
            const ok = counted === volume.bricks.length && pending === 0;
            const heal = `gluster volume heal ${volume.name}`;
            const remedy =
                split > 0
                    ? `'${heal} info split-brain' names the files; choose a copy of each: '${heal} split-brain latest-mtime FILE'`
                    : `files are healed by themselves once every brick is up; '${heal} info' names them`;
            const all = volume.bricks.length;
            const found = counted < all ? `${counted} of ${all} bricks tell` : `${pending} to heal, ${split} in split brain`;
            return finding(ok, found, "0 to heal, 0 in split brain", remedy);
        },
    };
}

function healerProbe(node: NodeSpec, volumes: readonly VolumePlan[]): Probe[] {
    if (!volumes.some((volume) => volume.copies > 1 && volume.bricks.some((brick) => brick.startsWith(`${node.name}:`)))) {
        return [];
    }
    return [
        {
            node: node.name,
            system,
            row: "self-heal daemon",
            command: "pgrep -fc -- '^/usr/s?bin/glusterfs .*--process-name glustershd'",
            evaluate: (output) => {
                const running = Number(output.trim()) > 0;
                return finding(running, running ? "running" : "not running", "running", converge);
            },
        },
    ];
}

function mountProbe(node: NodeSpec, mount: MountPlan): Probe {
    const expected = `localhost:/${mount.volume}, readable, kept by its unit`;
    return {
        node: node.name,
        system,
        row: `mount ${mount.path}`,
        command:
            `awk -v path=${mount.path} '$5 == path && / - fuse.glusterfs / ` +
            `{for (i = 6; i < NF; i++) if ($i == "-") from = $(i + 2)} END {print from}' /proc/self/mountinfo; ` +
            // Its first entry will do: a large directory takes its time.
            `timeout 4 stat -t ${mount.path}/. >/dev/null && timeout 4 find ${mount.path} -mindepth 1 -maxdepth 1 -quit ` +
            `&& echo readable || echo dead; ` +
            `systemctl is-active ${mount.unit}; systemctl is-enabled ${mount.unit}`,
        evaluate: (output) => {
            const [from = "", io = "", active = "", enabled = ""] = output.split("\n").map((line) => line.trim());
            const unit = `its unit is ${active || "not there"} and ${enabled || "unknown"}`;
            const kept = active === "active" && enabled === "enabled" ? "kept by its unit" : unit;
            const found = !from ? "not mounted" : `${from}, ${io === "readable" ? "readable" : "not readable"}, ${kept}`;
            const remedy = `see 'systemctl status ${mount.unit}' on ${node.name}; ${converge}`;
            return finding(found === expected, found, expected, remedy);
        },
    };
}

/** What `make verify` asks of GlusterFS: members and mounts on each node, volumes on the lead member. */
export function probes(dc: DataCentre): Probe[] {
    const members = poolMembers(dc);
    const volumes = volumePlans(dc);
    const lead = leadMember(dc);
    return [
        ...members.flatMap((node) => [...memberProbes(node, members), ...healerProbe(node, volumes)]),
        ...(lead
            ? volumes.flatMap((volume) => [
                  definitionProbe(lead, volume),
                  bricksProbe(lead, volume),
                  ...(volume.copies > 1 ? [healProbe(lead, volume)] : []),
              ])
            : []),
        ...members.flatMap((node) => nodeMounts(dc, node).map((mount) => mountProbe(node, mount))),
    ];
}
