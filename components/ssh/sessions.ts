/** One connection a host, for as long as several things are done there. */
import { Session, type SshOptions, type SshResult, type Target } from "./ssh";

export class Sessions {
    private readonly open = new Map<string, Session>();

    /** The host's session, made when it is first asked for. */
    public of(target: Target): Session {
        const name = JSON.stringify(target);
        const session = this.open.get(name) ?? new Session(target);
        this.open.set(name, session);
        return session;
    }

    /** As `ssh` (./ssh.ts), by the host's one connection. */
    public readonly run = (target: Target, command: string, options: SshOptions = {}): Promise<SshResult> => this.of(target).run(command, options);

    public close(): void {
        this.open.forEach((session) => session.close());
        this.open.clear();
    }
}
