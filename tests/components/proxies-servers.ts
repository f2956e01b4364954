/** Servers on this machine that behave towards a proxy as Mesos' masters, Marathons and ZooKeeper's members do. */
import { createServer, request, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";

/** One that can end, with all its connections, and be started again. */
export abstract class Fake {
    private server: Server | undefined;
    private readonly sockets = new Set<Socket>();

    public constructor(
        public readonly address: string,
        public readonly port: number,
    ) {}

    protected abstract make(): Server;

    public async start(): Promise<void> {
        const server = this.make();
        server.on("connection", (socket) => {
            this.sockets.add(socket);
            socket.on("error", () => undefined).on("close", () => this.sockets.delete(socket));
        });
        await new Promise<void>((done, fail) => server.once("error", fail).listen(this.port, this.address, done));
        this.server = server;
    }

    public async stop(): Promise<void> {
        const { server } = this;
        this.server = undefined;
        if (server) {
            const closed = new Promise((done) => server.close(done));
            this.sockets.forEach((socket) => socket.destroy());
            await closed;
        }
    }
}

abstract class FakeHttp extends Fake {
    public leads = false;
    /** Whom it takes for the leader while it stands by. */
    public leader: string | undefined;
    /** What it was asked to do, and did, by path. */
    public readonly done: string[] = [];

    protected make(): Server {
        return createServer(this.listener);
    }

    protected abstract readonly listener: RequestListener;

    protected execute(question: IncomingMessage, answer: ServerResponse): void {
        const { method, url = "" } = question;
        if (url.endsWith("/vanish")) {
            // As one that ends within a request.
            this.done.push(`${method} ${url}`);
            question.socket.destroy();
        } else if (url.endsWith("/events")) {
            answer.writeHead(200, { "Content-Type": "text/event-stream" });
            const timer = setInterval(() => answer.write(`data: ${Date.now()}\r\n\r\n`), 50);
            answer.on("close", () => clearInterval(timer));
        } else {
            if (method !== "GET") {
                this.done.push(`${method} ${url}`);
            }
            answer.end(`${this.address}\n`);
        }
    }
}

/** A Mesos master. */
export class FakeMaster extends FakeHttp {
    protected readonly listener: RequestListener = (question, answer) => {
        question.resume().on("end", () => {
            if (this.leads) {
                this.execute(question, answer);
            } else if (this.leader === undefined) {
                answer.writeHead(503).end("No leader elected");
            } else {
                answer.writeHead(307, { Location: `//${this.leader}:${this.port}${question.url}` }).end();
            }
        });
    };
}

/** A Marathon, which asks for a login before all else where it has one. */
export class FakeMarathon extends FakeHttp {
    /** Requests that it passed on. */
    public readonly passedOn: string[] = [];

    public constructor(
        address: string,
        port: number,
        private readonly login: string | undefined,
    ) {
        super(address, port);
    }

    private get name(): string {
        return `${this.address}:${this.port}`;
    }

    protected readonly listener: RequestListener = (question, answer) => {
        const { method = "", url = "", rawHeaders, headers } = question;
        const vias = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === "x-marathon-via");
        if (this.login !== undefined && headers.authorization !== `Basic ${Buffer.from(this.login).toString("base64")}`) {
            answer.writeHead(401, { "WWW-Authenticate": "Basic" }).end();
        } else if (this.leads) {
            answer.setHeader("X-Marathon-Leader", `http://${this.name}`);
            question.resume().on("end", () => this.execute(question, answer));
        } else if (this.leader === undefined) {
            setTimeout(() => answer.writeHead(502).end("Could not determine the current leader"), 400);
        } else if (url.startsWith("/v2/events")) {
            answer.writeHead(302, { Location: `http://${this.leader}${url}` }).end();
        } else if (vias.includes(`1.1 ${this.name}`)) {
            answer.writeHead(502).end("Detected proxying loop.");
        } else {
            this.passedOn.push(`${method} ${url}`);
            const [host = "", port] = this.leader.split(":");
            const further = request({ host, port, method, path: url, headers }, (said) => {
                answer.writeHead(said.statusCode ?? 500, { ...said.headers, "X-Marathon-Via": `1.1 ${this.name}` });
                said.pipe(answer);
            });
            further.on("error", () => answer.writeHead(502).end());
            question.pipe(further);
        }
    };
}

/** A ZooKeeper member: to everything but srvr it says its address, and goes on. */
export class FakeMember extends Fake {
    public mode: "leader" | "follower" | undefined;

    protected make(): Server {
        return createTcpServer((socket) => {
            socket.on("error", () => undefined).on("data", (data) => {
                if (data.toString() === "srvr") {
                    socket.end(this.mode ? `Zookeeper version: 3.8.0\nMode: ${this.mode}\nNode count: 5\n` : "This ZooKeeper instance is not currently serving requests\n");
                } else {
                    socket.write(`${this.address}\n`);
                }
            });
        });
    }
}
