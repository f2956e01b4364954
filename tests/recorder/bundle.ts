/** A bundle on disk, which fits the descriptions that have one. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const packages = [
    ["chrony", "4.3-2"], ["curl", "7.88.1-10"], ["docker.io", "20.10.24+dfsg1-1"], ["etcd-client", "3.4.23-4"], ["etcd-server", "3.4.23-4"], ["glusterfs-client", "10.3-5"],
    ["glusterfs-server", "10.3-5"], ["openjdk-17-jre-headless", "17.0.1"], ["zookeeper", "1:3.8.0-11"], ["mesos", "1.11.0-1"], ["marathon", "1.11.24-1"], ["jq", "1.6-2"],
];

const textOf = (path: string): string => `in place of ${path}\n`;
const sumOf = (path: string): string => createHash("sha256").update(textOf(path)).digest("hex");

const archive = "images/busybox.tar";
/** What descriptions say of the bundle's image. */
export const bundledImage = { image: "busybox:1", archive: "https://a.example/busybox.tar", sha256: sumOf(archive) };

export function writeBundle(folder: string): void {
    const files: Record<string, { sha256: string; bytes: number }> = {};
    const add = (path: string): string => {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), textOf(path));
        files[path] = { sha256: sumOf(path), bytes: textOf(path).length };
        return path;
    };
    add("packages/Packages");
    const manifest = {
        format: 1,
        family: "apt",
        release: { id: "debian", version: "12", architecture: "amd64" },
        packages: packages.map(([name, version]) => ({ name, version, file: add(`packages/${name}.deb`) })),
        images: [{ image: bundledImage.image, id: `sha256:${"9".repeat(64)}`, file: add(archive) }],
        archives: [],
    };
    writeFileSync(join(folder, "manifest.json"), JSON.stringify({ ...manifest, files }));
}
