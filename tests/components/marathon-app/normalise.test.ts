/** Old spellings: what becomes of them is what Marathon 1.11 makes of them, and each is said to be old. */
import { absolute, parseApp } from "../../../components/marathon-app/definition";
import { describeWith } from "../../published";
import { docker, good, hello, recording, told } from "./support";

const bridge = [{ mode: "container/bridge" }];
const old = (inner: object, over: object = {}) => docker({ docker: { image: "a", ...inner } }, { networks: undefined, ...over });

describe("networks", () => {
    it.each([
        ["BRIDGE", { network: "BRIDGE" }, {}, bridge],
        ["HOST", { network: "HOST" }, {}, [{ mode: "host" }]],
        [
            "USER",
            { network: "USER" },
            { ipAddress: { networkName: "blue", labels: { a: "b" } } },
            [{ mode: "container", name: "blue", labels: { a: "b" } }],
        ],
        [
            "BRIDGE with an address",
            { network: "BRIDGE" },
            { ipAddress: { labels: { a: "b" } } },
            [{ mode: "container/bridge", labels: { a: "b" } }],
        ],
        ["an address alone", {}, { ipAddress: { networkName: "blue" } }, [{ mode: "container", name: "blue" }]],
        ["no word of it", {}, {}, undefined],
    ])("%s", (_, inner, over, networks) => {
        const app = good(old(inner, over));
        expect(app.networks).toEqual(networks);
        expect(app).not.toHaveProperty("ipAddress");
        expect(app.container?.docker).toEqual({ image: "a" });
    });

    it("names today's spelling of each", () => {
        expect(told(old({ network: "BRIDGE", portMappings: [{ containerPort: 80 }] }))).toEqual({
            "container.docker.network": "container.docker.network: BRIDGE is old. Write networks: [{mode: container/bridge}].",
            "container.docker.portMappings": "container.docker.portMappings is old. Write them as container.portMappings.",
        });
    });
});

describe("ports", () => {
    it("moves the mappings out of docker", () => {
        expect(good(old({ network: "BRIDGE", portMappings: [{ containerPort: 80, hostPort: 0 }] })).container).toEqual({
            type: "DOCKER",
            docker: { image: "a" },
            portMappings: [{ containerPort: 80, hostPort: 0 }],
        });
    });

    it("takes a bridge for mappings without network, which Marathon would drop", () => {
        const input = docker({ portMappings: [{ containerPort: 80 }] }, { networks: undefined });
        expect(good(input).networks).toEqual(bridge);
        expect(told(input)["container.portMappings"]).toMatch(/Marathon would drop them and use the host's network/);
    });

    it("leaves the network alone where there are no mappings", () => {
        expect(good(docker({ portMappings: [] }, { networks: undefined }))).not.toHaveProperty("networks");
    });

    it("writes ports as definitions on the host's network, and drops them beside mappings", () => {
        const host = good(hello({ ports: [0, 8080] }));
        expect(host.portDefinitions).toEqual([
            { port: 0, protocol: "tcp" },
            { port: 8080, protocol: "tcp" },
        ]);
        const both = good(hello({ ports: [80], portDefinitions: [{ port: 80, name: "web" }] }));
        expect(both.portDefinitions).toEqual([{ port: 80, name: "web" }]);
        const mapped = good(docker({ portMappings: [{ containerPort: 80 }] }, { ports: [10000] }));
        expect(mapped).not.toHaveProperty("portDefinitions");
        [host, both, mapped].forEach((app) => expect(app).not.toHaveProperty("ports"));
    });

    it("writes discovery ports of the Mesos containerizer as mappings", () => {
        const app = good(
            hello({ ipAddress: { networkName: "blue", discovery: { ports: [{ name: "web", number: 80, protocol: "tcp" }] } } }),
        );
        expect(app.container).toEqual({ type: "MESOS", portMappings: [{ name: "web", containerPort: 80, protocol: "tcp" }] });
    });
});

describe("what is fetched", () => {
    it("unpacks what Marathon would, and says that store URLs are fetched by agents", () => {
        const input = hello({ uris: ["http://a/b.tar.gz", "http://a/b.sh"], storeUrls: ["http://a/c.zip?x=1"] });
        expect(good(input).fetch).toEqual([
            { uri: "http://a/b.tar.gz", extract: true },
            { uri: "http://a/b.sh", extract: false },
            { uri: "http://a/c.zip?x=1", extract: true },
        ]);
        expect(told(input)).toEqual({
            uris: expect.stringMatching(/uris is old/),
            storeUrls: expect.stringMatching(/agents fetch for themselves/),
        });
    });

    it("keeps what is spelt as of today", () => {
        const fetch = [{ uri: "http://a/b", cache: true }];
        expect(good(hello({ fetch, uris: [] })).fetch).toEqual(fetch);
    });
});

it.each([
    ["hello", "/hello"],
    ["/hello/", "/hello"],
    ["a/b", "/a/b"],
    ["../a", "/a"],
    ["/a/../b", "/b"],
    ["/", "/"],
])("%s is %s", (id, whole) => {
    expect(absolute(id)).toBe(whole);
});

it("writes dependencies from the root, and leaves out what has no effect", () => {
    const { app, notices } = parseApp(
        hello({ dependencies: ["db", "/cache/"], residency: { taskLostBehavior: "WAIT_FOREVER" }, version: "x" }),
    );
    expect(app).toEqual({ ...hello(), dependencies: ["/db", "/cache"] });
    expect(notices?.map(({ key }) => key)).toEqual(["version", "residency"]);
});

describeWith("against what the real Marathon made of it", "recordings", (folder) => {
    /** What is in ours, of what Marathon answered: it adds its defaults, which we leave to it. */
    const common = (ours: any, theirs: any): any =>
        Array.isArray(ours)
            ? ours.map((one, index) => common(one, theirs?.[index]))
            : typeof ours === "object" && ours !== null
              ? Object.fromEntries(Object.keys(ours).map((key) => [key, common(ours[key], theirs?.[key])]))
              : theirs;

    it.each([
        ["an old bridge", "110"],
        ["ports and uris", "062"],
        ["a docker app", "102-create"],
        ["a constraint", "068"],
    ])("%s (%s)", (_, number) => {
        const { body, sent } = recording(folder, number);
        const { app } = parseApp(sent);
        const answered = JSON.parse(body);
        expect(app).toEqual(common(app, answered));
        expect(answered).not.toHaveProperty("ports");
    });

    it.each([
        ["an id in capitals and less than no instances", "047"],
        ["nothing to run", "049"],
    ])("refuses what Marathon refused: %s", (_, number) => {
        const { body, sent, status } = recording(folder, number);
        const paths = JSON.parse(body).details.map(({ path }: any) => path.slice(1));
        expect(status).toBe(422);
        // Marathon looks at forms first and at commands of one letter, which 047 has too, after that.
        expect(
            Object.keys(told(sent))
                .filter((key) => key !== "cmd")
                .sort(),
        ).toEqual(paths.sort());
    });

    it("refuses the unknown field that Marathon let pass", () => {
        const { sent, status } = recording(folder, "048");
        expect(status).toBe(201);
        expect(told(sent)).toEqual({ nosuch: expect.stringMatching(/pass over it without a word/) });
    });
});
