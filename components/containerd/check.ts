import { versionOf } from "../../config/catalogue";
import { nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Probe } from "../verify/probe";
import { filesProbe, finding, lines, unitProbe, words } from "../verify/probes";
import { cniBin, configFile, configToml, fullName, hostsFiles, imagesOf, saidOf, settingsOf, socket } from "./plan";
import { containerdLeaf } from "./schema";

const system = "containerd";
const converge = "'make up CONVERGE=1' mends it";
const unit = "containerd.service";

/** The engine is asked only where it runs: nothing of this starts it. */
const asked = (command: string): string => `systemctl -q is-active ${unit} && ${command}`;

/** The running engine's settings, by CRI: see components/step/helpers/cri.sh. */
const status =
    `printf '\\0\\0\\0\\0\\2\\10\\1' | curl -s --http2-prior-knowledge --noproxy '*' --max-time 8 --unix-socket ${socket} ` +
    "-H 'content-type: application/grpc' -H 'te: trailers' --data-binary @- http://localhost/runtime.v1.RuntimeService/Status | tr -d '\\0' | " +
    `grep -aoE '"(snapshotter|SystemdCgroup|sandboxImage|containerdRootDir|restrictOOMScoreAdj)":[^,}]*' | sort -u`;

function engineProbes(dc: DataCentre, node: NodeSpec): Probe[] {
    const probe = (row: string, command: string, evaluate: Probe["evaluate"]): Probe => ({ node: node.name, system, row, command, evaluate });
    const version = versionOf(containerdLeaf, dc);
    const { root, snapshotter, cgroupDriver, sandboxImage } = settingsOf(dc, node);
    const described = saidOf(dc, node);
    const wanted = `${root} with ${snapshotter}, groups by ${cgroupDriver}, pods on ${sandboxImage}`;
    const restart = `'systemctl restart ${unit}' on ${node.name}, which leaves containers running; ${converge}`;
    return [
        unitProbe(node.name, system, unit, "engine"),
        probe("answers, and Kubernetes' part of it too", asked("timeout 8 ctr version; timeout 8 ctr plugins ls"), (output) => {
            const all = lines(output);
            const found = all.filter((line) => line.startsWith("Version:")).at(1)?.replace(/^Version:\s*/, "");
            const cri = all.map((line) => line.split(/\s+/)).find(([type, id]) => type === "io.containerd.grpc.v1" && id === "cri")?.at(-1);
            const words = found === undefined ? "no answer" : cri === "ok" ? found : `${found}, whose part cri is ${cri ?? "not there"}`;
            const ok = cri === "ok" && found?.startsWith(version) === true;
            return finding(ok, words, `${version}, cri ok`, `${restart}; 'journalctl -u ${unit}' says what is wrong`);
        }),
        probe("runs with what is described", asked(status), (output) => {
            const said = lines(output);
            const key = (text: string): string => text.slice(0, text.indexOf(":"));
            const wrong = described.filter((text) => !said.includes(text)).map((text) => said.find((one) => key(one) === key(text)) ?? `no ${key(text)}`);
            const found = said.length === 0 ? "no answer" : wrong.join(", ");
            return finding(found === "", found || wanted, wanted, restart);
        }),
        filesProbe(node.name, system, { [configFile]: configToml(dc, node), ...hostsFiles(dc, node) }),
        probe("programs of pods' networks are there", `for i in bridge host-local loopback portmap; do [ -x ${cniBin}/$i ] || echo $i; done; echo end`, (output) => {
            const missing = lines(output);
            const found = missing.at(-1) !== "end" ? "no answer" : missing.length > 1 ? `${missing.slice(0, -1).join(", ")} missing in ${cniBin}` : "there";
            return finding(found === "there", found, "there", `install containernetworking-plugins again; ${converge}`);
        }),
    ];
}

/** Images that come as archives: a pod whose image is gone stays in ImagePullBackOff where no registry is reached. */
function imagesProbe(dc: DataCentre, node: NodeSpec): Probe {
    const wanted = imagesOf(dc, node).map(({ image }) => fullName(image));
    return {
        node: node.name,
        system,
        row: "images that come as archives",
        command: asked(`timeout 8 ctr -n k8s.io images ls -q ${words(...wanted.map((image) => `name==${image}`))}`),
        evaluate: (output) => {
            const there = lines(output);
            const missing = wanted.filter((image) => !there.includes(image));
            const found = missing.length === 0 ? `${wanted.length} there` : `${missing.join(", ")} missing`;
            return finding(missing.length === 0, found, `${wanted.length} there`, converge);
        },
    };
}

/** What `make verify` asks of containerd. */
export function probes(dc: DataCentre): Probe[] {
    return nodesWith(dc, "containerd").flatMap((node) => [...engineProbes(dc, node), ...(imagesOf(dc, node).length > 0 ? [imagesProbe(dc, node)] : [])]);
}
