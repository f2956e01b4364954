/** Words for slips in the description's frame, and what stands in for values of it: systems add their own. */

/** What keys of nodes were called in the old documents, or elsewhere. */
export const frameWords = { oldKeys: { "nodes.ip": "address", "nodes.hostname": "name", "nodes.role": "roles" } } as const;

/** Those without a place are of keys that several systems have, and mean the same everywhere. */
export const frameStandIns = {
    name: "stand-in",
    node: "stand-in",
    address: "0.0.0.0",
    url: "http://stand-in",
    sha256: "0".repeat(64),
    "timeServers.*": "stand-in",
} as const;
