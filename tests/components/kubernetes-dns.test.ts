/** What the cluster's name server is told, what its nodes get, and how verify reads answers. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { corefile, type DnsSettings } from "../../components/kubernetes-dns/corefile";

const cluster = { domain: "dc.example", address: "10.96.0.10", api: "10.96.0.1", localUrl: "https://127.0.0.1:6444" };
const settings: DnsSettings = { upstreams: undefined, ttl: 30, cacheSeconds: 30, names: true };
const text = (given: Partial<DnsSettings> = {}) => corefile(cluster, { ...settings, ...given });

describe("the configuration of CoreDNS", () => {
    it("asks the host's name servers by default, or those that are described, or nobody", () => {
        expect(text()).toContain("    forward . /etc/resolv.conf {\n");
        expect(text({ upstreams: ["192.168.1.1", "192.168.1.2:5353"] })).toContain("    forward . 192.168.1.1 192.168.1.2:5353 {\n");
        expect(text({ upstreams: [] })).not.toContain("forward");
    });

    it("has pods' names in a server block of their own, whose addresses do not lead back", () => {
        const [pods = "", rest = ""] = text().split("}\n.:53 {");
        expect(pods).toMatch(/^pod\.dc\.example:53 \{[\s\S]*hosts \/run\/datacentre-names\/pods pod\.dc\.example \{[\s\S]*no_reverse/);
        expect(rest).toMatch(/hosts \/run\/datacentre-names\/addresses dc\.example \{/);
        expect(rest).not.toContain("no_reverse");
        expect(text({ names: false })).not.toMatch(/hosts|pod\./);
    });

    it("keeps only what others say", () => {
        expect(text({ cacheSeconds: 9 })).toContain("    cache 9 {\n        disable success dc.example in-addr.arpa ip6.arpa\n        disable denial dc.example in-addr.arpa ip6.arpa\n    }\n");
        expect(text({ cacheSeconds: 0 })).not.toContain("cache");
    });

    it("says each of what a server has once: health, loop and reload in one block", () => {
        for (const word of ["health", "loop", "reload\n"]) {
            expect(text().split(`    ${word}`).length - 1).toBe(1);
        }
    });
});
