import { archiveOf, wantedVersion } from "../../../config/catalogue";
import { error, warning, type Fault } from "../../../config/faults";
import type { DataCentre } from "../../../config/schema";
import { kubernetesLeaf } from "../schema";

const known: readonly string[] = kubernetesLeaf.catalogue.map(({ version }) => version);
const minorOf = (version: string): string => version.split(".").slice(0, 2).join(".");

/** Programs and images are upstream's archive, whole, pinned, and of a version that is written here. */
export function sourceRules(dc: DataCentre): Fault[] {
    const archive = archiveOf(kubernetesLeaf, dc);
    const version = wantedVersion(kubernetesLeaf, dc);
    if (!archive) {
        const wanted = version ?? known[0] ?? "";
        const url = `https://dl.k8s.io/v${wanted}/kubernetes-server-linux-amd64.tar.gz`;
        return [error(["sources", "kubernetes"], "nothing says where Kubernetes is from, and no host's own packages have it", `write kind: archive, url: ${url} and versions.kubernetes; its sha256 is what ${url}.sha256 says`)];
    }
    const remote = /^https?:/.test(archive.url);
    return [
        ...(remote && archive.sha256 === undefined
            ? [error(["sources", "kubernetes", "sha256"], "a download is pinned by its sha256, and this has none", `give what ${archive.url}.sha256 says, or 'sha256sum FILE' of a checked copy`)]
            : []),
        ...(version === undefined ? [] : ofVersion(version)),
    ];
}

function ofVersion(version: string): Fault[] {
    const path = ["versions", "kubernetes"];
    if (!/^\d+\.\d+\.\d+$/.test(version)) {
        return [error(path, `${version} is no release of Kubernetes: nodes say which they have to the last number`, `write all three numbers, such as "${known[0]}"`)];
    }
    if (!known.map(minorOf).includes(minorOf(version))) {
        return [error(path, `Kubernetes ${version} is not among those that this is made for: flags and files differ from minor version to minor version`, `use one of ${known.map(minorOf).join(", ")}, such as ${known.join(" or ")}`)];
    }
    return known.includes(version) ? [] : [warning(path, `Kubernetes ${version} was not tried here`, `use ${known.join(" or ")}, or watch 'make verify'`)];
}
