const NAMES: Partial<Record<NodeJS.Signals, string>> = {
    SIGHUP: "hangup", SIGINT: "interrupt", SIGQUIT: "quit", SIGILL: "illegal instruction", SIGABRT: "aborted",
    SIGBUS: "bus error", SIGFPE: "floating point exception", SIGKILL: "killed", SIGUSR1: "user defined signal 1",
    SIGSEGV: "segmentation fault", SIGUSR2: "user defined signal 2", SIGPIPE: "broken pipe", SIGALRM: "alarm clock",
    SIGTERM: "terminated",
};

/** How a process ended, as Go says it: `exit status 3`, `signal: killed`. */
export function endOf(code: number | null, signal: NodeJS.Signals | null): string {
    return signal === null ? `exit status ${code}` : `signal: ${NAMES[signal] ?? signal}`;
}
