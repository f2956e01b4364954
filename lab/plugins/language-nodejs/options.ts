/** What `runtime.options` of Pulumi.yaml says, with the defaults of the genuine host. */
export interface RuntimeOptions {
    typescript: boolean;
    tsconfig: string;
    nodeargs: string[];
}

/** Splits arguments as a shell does: quotes and backslashes group, nothing is expanded. */
export function splitArguments(line: string): string[] {
    const words: string[] = [];
    let word: string | undefined;
    let quote = "";
    for (let index = 0; index < line.length; index++) {
        const character = line.charAt(index);
        if (quote !== "" && character === quote) {
            quote = "";
        } else if (character === "\\" && quote !== "'" && index + 1 < line.length) {
            word = (word ?? "") + line.charAt(++index);
        } else if (quote === "" && (character === "'" || character === "\"")) {
            quote = character;
            word ??= "";
        } else if (quote === "" && /\s/.test(character)) {
            if (word !== undefined) {
                words.push(word);
            }
            word = undefined;
        } else {
            word = (word ?? "") + character;
        }
    }
    if (quote !== "") {
        throw new Error(`nodeargs: no closing ${quote}`);
    }
    return word === undefined ? words : [...words, word];
}

/** Reads the options; others than these three do not matter for running a program. @throws Error on a wrong type. */
export function readOptions(options: Record<string, unknown>): RuntimeOptions {
    const { typescript = true, tsconfig = "", nodeargs = "" } = options;
    if (typeof typescript !== "boolean") {
        throw new Error("typescript option must be a boolean");
    }
    if (typeof tsconfig !== "string") {
        throw new Error("tsconfigpath option must be a string");
    }
    if (typeof nodeargs !== "string") {
        throw new Error("nodeargs option must be a string");
    }
    return { typescript, tsconfig, nodeargs: splitArguments(nodeargs) };
}
