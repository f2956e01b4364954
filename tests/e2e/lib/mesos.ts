import type { TestStack } from "./stack";

/** A task of an app, as Marathon tells it. */
export interface Task {
    readonly id: string;
    readonly host: string;
    readonly ports: readonly number[];
    readonly state: string;
}

/** An app of Marathon's, as it tells it. */
export interface AppStatus {
    readonly instances: number;
    readonly tasksRunning: number;
    readonly tasksHealthy: number;
    readonly version: string;
    readonly tasks: readonly Task[];
}

/** Marathon and Mesos of a stack, asked on one of its hosts with plain curl. */
export class Api {
    public constructor(
        private readonly stack: TestStack,
        private readonly node = "master1",
    ) {}

    private url(port: number, path: string): string {
        return `http://${this.stack.node(this.node).address}:${port}${path}`;
    }

    public get(path: string, port = 8080): Promise<string> {
        return this.stack.out(this.node, `curl -sSL --max-time 20 '${this.url(port, path)}'`);
    }

    public async app(id: string): Promise<AppStatus> {
        const text = await this.get(`/v2/apps${id}?embed=app.tasks&embed=app.counts`);
        return (JSON.parse(text) as { app: AppStatus }).app;
    }

    /** The status, and the answer. */
    public async send(method: string, path: string, body: unknown): Promise<{ status: number; text: string }> {
        const command = `curl -sS --max-time 20 -X ${method} -H 'Content-Type: application/json' --data-binary @- -w '\\n%{http_code}' '${this.url(8080, path)}'`;
        const { stdout } = await this.stack.on(this.node, command, JSON.stringify(body));
        const lines = stdout.trimEnd().split("\n");
        return { status: Number(lines.pop()), text: lines.join("\n") };
    }
}
