import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseStackFile } from "../../components/description";
import { probes } from "../../components/nodes/alicloud/check";
import { parseStack } from "../stacks";

const root = join(__dirname, "../..");
const dev = parseStackFile("dev").dataCentre!;
const prod = parseStackFile("prod").dataCentre!;
const of = (dc: typeof dev, name: string) => probes(dc).filter(({ node }) => node === name);

it("asks for the disks of a node, where it has any", () => {
    expect(of(dev, "agent1").map(({ row }) => row)).toEqual(["data disks are mounted"]);
    expect(of(prod, "master1")).toEqual([]);
    expect(probes(parseStack("local").dataCentre!)).toEqual([]);
});

it.each([
    ["/data\n/mnt/docker-data\nend\n", true, "/data, /mnt/docker-data"],
    ["/mnt/docker-data\nend\n", false, "/data has another file system, or none"],
    ["end\n", false, "/data has another file system, or none, /mnt/docker-data has another file system, or none"],
    ["/data\n", false, "no answer"],
])("judges %j", (output, ok, found) => expect(of(dev, "agent1")[0]!.evaluate(output, 0)).toMatchObject({ ok, found }));

/** The shell's parts, with programs in the place of what only root may ask. */
describe("on a host", () => {
    const scratch = mkdtempSync(join(tmpdir(), "disks-"));
    afterAll(() => rmSync(scratch, { recursive: true }));
    const bash = (script: string): string => execFileSync("bash", ["-c", script], { encoding: "utf8" });
    const source = (file: string): string => readFileSync(join(root, "components", file), "utf8").replaceAll("/etc/fstab", join(scratch, "fstab"));
    // /data and /srv are mount points; the disk of /data is mounted there, and /srv has the image's own file system.
    const programs = `
        mountpoint() { case "$1 $2" in
            "-q /data" | "-q /srv") ;; "-d /data" | "-x /dev/data") echo 7:1 ;; "-d /srv") echo 254:0 ;; "-x /dev/srv") echo 7:2 ;; "-x /dev/new") echo 7:3 ;; *) return 32 ;; esac; }
        blkid() { case "$*" in "-U a") echo /dev/data ;; "-U b") echo /dev/srv ;; *) return 2 ;; esac; }`;

    it("a place counts only with the file system that the table names", () => {
        writeFileSync(join(scratch, "fstab"), "UUID=x / ext4\n# datacentre: begin\nUUID=a /data ext4\nUUID=b /srv ext4\nUUID=c /gone ext4\n# datacentre: end\n");
        expect(bash(`${source("verify/probe.sh")}\n${programs}\nown_mounts`)).toBe("/data\nend\n");
    });

    it("a mount point of something else is not the disk's", () => {
        const is = (path: string, device: string) => bash(`${programs}\n${source("host/disks.sh")}\nif is_mounted_from ${path} ${device}; then echo yes; else echo no; fi`).trim();
        expect([is("/data", "/dev/data"), is("/srv", "/dev/srv"), is("/new", "/dev/new")]).toEqual(["yes", "no", "no"]);
    });
});
