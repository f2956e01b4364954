/** Calls of Kubernetes' interface to engines on a host, as a kubelet makes them: gRPC over the engine's socket, by curl there. */
import type { TestStack } from "./stack";

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]);

/** A field of a message: a text, a number, or a message within. */
export function field(number: number, value: string | number | Buffer): Buffer {
    if (typeof value === "number") {
        return Buffer.from([...varint(number << 3), ...varint(value)]);
    }
    const content = Buffer.from(value);
    return Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(content.length)]), content]);
}

export const message = (...fields: Buffer[]): Buffer => Buffer.concat(fields);

/** The first field of an answer, which is a text of at most 127 bytes: what was made is called so. */
const named = (answer: Buffer): string => answer.subarray(2, 2 + (answer[1] ?? 0)).toString();

/** @throws with the engine's words where it refuses */
export async function cri(stack: TestStack, node: string, method: string, request: Buffer): Promise<Buffer> {
    const frame = Buffer.concat([Buffer.from([0, 0, 0, request.length >> 8, request.length & 255]), request]).toString("base64");
    const answer = await stack.out(
        node,
        `heads=$(mktemp); echo ${frame} | base64 -d | curl -sS --http2-prior-knowledge --max-time 60 --unix-socket /run/containerd/containerd.sock \
            -H 'content-type: application/grpc' -H 'te: trailers' -D $heads --data-binary @- http://localhost/runtime.v1.${method} | base64 -w 0; echo; grep -i '^grpc-' $heads; rm -f $heads`,
    );
    const [body = "", ...heads] = answer.split("\n");
    if (!heads.some((line) => /^grpc-status: 0\r?$/i.test(line))) {
        throw new Error(`${method} on ${node}: ${heads.join(" ")}`);
    }
    return Buffer.from(body, "base64").subarray(5);
}

const image = (name: string): Buffer => field(1, name);

export const pull = async (stack: TestStack, node: string, name: string): Promise<string> => named(await cri(stack, node, "ImageService/PullImage", field(1, image(name))));

export const forget = (stack: TestStack, node: string, name: string): Promise<Buffer> => cri(stack, node, "ImageService/RemoveImage", field(1, image(name)));

export interface Pod {
    readonly id: string;
    readonly container: string;
}

/** A pod of one container, whose words go to /tmp/NAME/log. */
export async function startPod(stack: TestStack, node: string, name: string, from: string, command: readonly string[], group = ""): Promise<Pod> {
    const config = message(
        field(1, message(field(1, name), field(2, `uid-${name}`), field(3, "default"))),
        field(2, name),
        field(3, `/tmp/${name}`),
        field(8, message(...(group === "" ? [] : [field(1, group)]))),
    );
    const id = named(await cri(stack, node, "RuntimeService/RunPodSandbox", field(1, config)));
    const container = message(field(1, field(1, name)), field(2, image(from)), ...command.map((word) => field(3, word)), field(11, "log"));
    const made = named(await cri(stack, node, "RuntimeService/CreateContainer", message(field(1, id), field(2, container), field(3, config))));
    await cri(stack, node, "RuntimeService/StartContainer", field(1, made));
    return { id, container: made };
}

export async function endPod(stack: TestStack, node: string, { id }: Pod): Promise<void> {
    await cri(stack, node, "RuntimeService/StopPodSandbox", field(1, id));
    await cri(stack, node, "RuntimeService/RemovePodSandbox", field(1, id));
}
