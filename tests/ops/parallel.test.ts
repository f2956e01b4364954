import { parallelOptions } from "../../ops/engine/parallel";
import type { Settings } from "../../ops/stack/settings";

const settings = (provider: object, count: number): Settings =>
    ({
        config: {
            "datacentre:provider": provider,
            "datacentre:nodes": Array.from({ length: count }, (_, i) => ({ name: `n${i}`, roles: ["etcd"] })),
        },
    }) as unknown as Settings;

it.each([
    ["few hosts take the engine's own number", { kind: "existing" }, 4, {}, []],
    ["many are worked on at once", { kind: "existing" }, 40, {}, ["--parallel", "40"]],
    ["machines of a cloud as well", { kind: "alicloud" }, 20, {}, ["--parallel", "20"]],
    ["but not without end", { kind: "existing" }, 400, {}, ["--parallel", "64"]],
    ["a bastion is not given more than its sshd takes", { kind: "existing", bastion: { host: "b" } }, 400, {}, ["--parallel", "8"]],
    ["hosts that are containers do their work on this machine", { kind: "docker" }, 40, {}, []],
    ["whoever says a number has it", { kind: "existing" }, 40, { PULUMI_PARALLEL: "3" }, []],
])("%s", (_, provider, count, env, options) => expect(parallelOptions(settings(provider, count), env)).toEqual(options));
