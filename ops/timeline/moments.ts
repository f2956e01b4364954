/** When steps begin and end, by the lines that the engine prints. */

/** What one line of the engine's says of a resource. */
export interface Moment {
    readonly what: "begins" | "ends" | "fails";
    /** Its type as the engine displays it. */
    readonly type: string;
    readonly name: string;
    readonly op: "create" | "update" | "delete";
}

/** By the word for what is done. Source: pulumi 3.255, backend/display/progress.go. */
const verbs: Readonly<Record<string, Moment["op"]>> = { creat: "create", updat: "update", delet: "delete" };

/** ` +  command:remote:Command zookeeper-agent1 created (25s) `; of a failure, `**creating failed**`. */
const row = /^ *[-+~=<>]{1,2} +([\w-]+:[\w/-]+:\w+) +(\S+) +(\*\*)?(creat|updat|delet)(ing|ed)( replacement| original)?( failed)?/;

const colours = /\u001b\[[0-9;]*m/g;

/** @returns undefined for a line that says of no resource that something is done to it */
export function momentIn(line: string): Moment | undefined {
    // Nearly all lines of a long run are none: told apart before anything is copied.
    if (!/(creat|updat|delet)(ing|ed)/.test(line)) {
        return undefined;
    }
    const [, type, name, , verb = "", form, , failed] = row.exec(line.replace(colours, "")) ?? [];
    const op = verbs[verb];
    if (type === undefined || name === undefined || op === undefined) {
        return undefined;
    }
    return { what: failed !== undefined ? "fails" : form === "ed" ? "ends" : "begins", type, name, op };
}

/** Puts what arrives in pieces together to lines. @returns the lines that are whole by now */
export function lineReader(): (piece: string) => string[] {
    let rest = "";
    return (piece) => {
        const lines = (rest + piece).split("\n");
        rest = lines.pop() ?? "";
        return lines;
    };
}
