/** What the cluster's name server is told, what its nodes get, and how verify reads answers. */
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { promisify } from "node:util";

import { questionTo } from "../../components/kubernetes-dns/check";
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

describe("the question by bash alone", () => {
    const run = promisify(execFile);
    /** Asks who answers with these bytes after the question's number. */
    async function ask(answer: (question: Buffer) => Buffer | undefined): Promise<{ found: string; asked: Buffer }> {
        const server = createSocket("udp4");
        let asked = Buffer.alloc(0);
        await new Promise<void>((done) => server.bind(0, "127.0.0.1", done));
        server.on("message", (question, client) => {
            asked = question;
            const said = answer(question);
            if (said) {
                server.send(Buffer.concat([question.subarray(0, 2), said]), client.port, client.address);
            }
        });
        const { stdout } = await run("bash", ["-c", questionTo("127.0.0.1", "kubernetes.default.svc.dc.example", server.address().port)]);
        server.close();
        return { found: stdout.trim(), asked };
    }
    const head = (code: number, answers: number) => Buffer.from([0x81, 0x80 | code, 0, 1, 0, answers, 0, 0, 0, 0]);
    const record = (...address: number[]) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, ...address]);

    it("is one question for an address, and its answer is read", async () => {
        const { found, asked } = await ask((question) => Buffer.concat([head(0, 1), question.subarray(12), record(10, 96, 0, 1)]));
        expect(found).toBe("10.96.0.1");
        expect(asked.subarray(2, 12)).toEqual(Buffer.from([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        expect(asked.subarray(12).toString("latin1")).toBe("\x0akubernetes\x07default\x03svc\x02dc\x07example\0\0\x01\0\x01");
    });

    it("may be answered by bytes that mean something elsewhere", async () => {
        const { found } = await ask((question) => Buffer.concat([head(0, 1), question.subarray(12), record(10, 0, 37, 92)]));
        expect(found).toBe("10.0.37.92");
    });

    it("may be answered with a code, with nothing, or not at all", async () => {
        expect((await ask((question) => Buffer.concat([head(3, 0), question.subarray(12)]))).found).toBe("code 3");
        expect((await ask((question) => Buffer.concat([head(0, 0), question.subarray(12)]))).found).toBe("NODATA");
        expect((await ask(() => undefined)).found).toBe("no answer");
    }, 20_000);
});
