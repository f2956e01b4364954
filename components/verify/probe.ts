/** What was found when one described thing was asked for. */
export interface Finding {
    readonly ok: boolean;
    /** What the service said, short: "leader", "2 of 3 bricks online". */
    readonly found: string;
    /** What the description wants, in the same words. */
    readonly expected: string;
    /** What to do about it; given whenever `ok` is false. */
    readonly remedy?: string;
}

/** One row of `make verify`: a read-only question to one node, and the reading of its answer. */
export interface Probe {
    /** The node that is asked, as root: over SSH, or in its container. */
    readonly node: string;
    /** Set where it is not the node that is asked, but on this machine the engine that it is a container of: DOCKER_HOST is that engine. */
    readonly at?: "engine";
    /** "docker", "glusterfs", "zookeeper", … */
    readonly system: string;
    /** What is checked, in words that stay the same from run to run; unique for a node and system. */
    readonly row: string;
    /**
     * A bash command that changes nothing; it is cut off after ten seconds. The functions of components/verify/probe.sh
     * are there for it.
     */
    readonly command: string;
    /**
     * Reads the command's whole stdout; empty output stands for a command that failed.
     *
     * @param at when the answer was here, by this machine's clock, in ms since 1970
     */
    evaluate(output: string, at: number): Finding;
}

/** A node's answer, and when it was here, by this machine's clock, in ms since 1970. */
export interface Answer {
    readonly output: string;
    readonly at: number;
}

/** One row about what only holds between nodes, such as "one leader": all of them are asked, and read together. */
export interface GroupProbe {
    readonly system: string;
    readonly row: string;
    /** Who is asked what, as in a `Probe`. The same question of several rows is asked once. */
    readonly questions: readonly Pick<Probe, "node" | "at" | "command">[];
    /** Reads the answers of the nodes that were reached, by node. */
    evaluateAll(answers: ReadonlyMap<string, Answer>): Finding;
}
