import fc from "fast-check";

import { bootstrapConf, clientUrls, endpoints, etcdConf } from "../../components/etcd/plan";
import { etcdSystem } from "../../components/etcd/system";
import { kept, sampleDataCentre } from "./sample";

const dc = sampleDataCentre();
const agent1 = dc.nodes[1]!;

it("writes the member's own addresses, quota and compaction", () => {
    expect(etcdConf(dc, agent1, "3.4.23")).toBe(`ETCD_NAME="agent1"
ETCD_DATA_DIR="/var/lib/etcd/default.etcd"
ETCD_LISTEN_PEER_URLS="http://172.18.1.2:2380"
ETCD_LISTEN_CLIENT_URLS="http://172.18.1.2:2379,http://127.0.0.1:2379,http://172.18.1.2:4001,http://127.0.0.1:4001"
ETCD_ADVERTISE_CLIENT_URLS="http://172.18.1.2:2379,http://172.18.1.2:4001"
ETCD_QUOTA_BACKEND_BYTES="2147483648"
ETCD_AUTO_COMPACTION_MODE="periodic"
ETCD_AUTO_COMPACTION_RETENTION="1h"
ETCD_SNAPSHOT_COUNT="10000"
ETCD_HEARTBEAT_INTERVAL="100"
ETCD_ELECTION_TIMEOUT="1000"
ETCD_ENABLE_V2="false"
`);
});

it("leaves the v2 switch out where etcd has none any more", () => {
    expect(etcdConf(dc, agent1, "3.6.0")).not.toContain("ENABLE_V2");
});

it("keeps what is read at the first start only apart from what restarts a member", () => {
    expect(bootstrapConf(dc, agent1)).toContain(
        'ETCD_INITIAL_CLUSTER="master1=http://172.18.1.1:2380,agent1=http://172.18.1.2:2380,' +
            'agent2=http://172.18.1.3:2380,agent3=http://172.18.1.4:2380"',
    );
    expect(etcdConf(dc, agent1, "3.4.23")).not.toContain("INITIAL");
});

it("cannot write a URL without scheme, host or port, whatever the ports", () => {
    const port = fc.integer({ min: 1, max: 65535 });
    fc.assert(
        fc.property(port, fc.array(port, { maxLength: 4 }), (clientPort, extraClientPorts) => {
            const some = sampleDataCentre((raw) => (raw.etcd = { clientPort, extraClientPorts }), "unchecked");
            for (const url of some.nodes.flatMap((node) => clientUrls(some, node))) {
                const parsed = new URL(url);
                expect(parsed.protocol).toBe("http:");
                expect(url).toMatch(/^http:\/\/172\.18\.1\.[1-4]:[0-9]+$/);
            }
        }),
        { numRuns: 50 },
    );
});

it("gives clients every member, and keeps the directory that the data directory is in", () => {
    expect(endpoints(dc)).toHaveLength(4);
    expect(kept(etcdSystem, dc, agent1)).toEqual(["/var/lib/etcd"]);
});
