/**
 * Calico's selectors, as far as one is told from what is none: `has(web) && role in {'db', "cache"}`.
 * Source: Calico 3.28, libcalico-go/lib/selector, tokenizer and parser.
 */

const label = "[A-Za-z0-9_./-]{1,512}";
const operators = ["==", "!=", "contains", "starts with", "ends with", "in", "not in"];
const tokens: readonly (readonly [kind: string, form: RegExp])[] = [
    ["word", /^("[^"]*"|'[^']*')/],
    ["and", /^&&/],
    ["or", /^\|\|/],
    ["compare", /^(==|!=)/],
    ["sign", /^[(){},!]/],
    ["test", new RegExp(`^(has\\(\\s*${label}\\s*\\)|all\\(\\s*\\))`)],
    ["label", new RegExp(`^${label}`)],
];
const comparison = /^(contains|starts\s*with|ends\s*with)/;
const membership = /^(not\s*in|in)\b/;

interface Token {
    readonly kind: string;
    readonly text: string;
}

class Unexpected extends Error {}

function tokenize(text: string): Token[] {
    const all: Token[] = [];
    let rest = text.trimStart();
    while (rest !== "") {
        // After a label words are operators, and before one they are labels.
        const after = all.at(-1)?.kind === "label";
        const operator: Token | undefined = after ? operatorAt(rest) : undefined;
        const [kind, form] = operator ? [] : (tokens.find(([name, one]) => one.test(rest) && !(after && ["test", "label"].includes(name))) ?? []);
        const token = operator ?? (kind && form ? { kind, text: form.exec(rest)?.[0] ?? "" } : undefined);
        if (!token) {
            throw new Unexpected(
                after ? `after ${all.at(-1)?.text ?? ""} comes one of ${operators.join(", ")}` : (hints[rest.charAt(0)] ?? `${rest.slice(0, 20)} means nothing here`),
            );
        }
        all.push(token);
        rest = rest.slice(token.text.length).trimStart();
    }
    return all;
}

const operatorAt = (rest: string): Token | undefined => {
    const [compare] = comparison.exec(rest) ?? [];
    const [member] = membership.exec(rest) ?? [];
    return compare !== undefined ? { kind: "compare", text: compare } : member === undefined ? undefined : { kind: "in", text: member };
};

const hints: Readonly<Record<string, string>> = {
    "=": "two values are compared by ==",
    "&": "both are asked for by &&",
    "|": "either is asked for by ||",
    '"': 'a " is never closed',
    "'": "a ' is never closed",
};

/** Reads tokens one after the other; throws where one is not what has to come. */
class Reader {
    private at = 0;

    public constructor(private readonly all: readonly Token[]) {}

    public take(what: string, ...wanted: string[]): void {
        if (!this.skip(...wanted)) {
            const here = this.all[this.at]?.text;
            throw new Unexpected(`${here === undefined ? "at its end" : `before ${here}`} ${what} is missing`);
        }
    }

    public skip(...wanted: string[]): boolean {
        const token = this.all[this.at];
        const fits = token !== undefined && (wanted.includes(token.kind) || (token.kind === "sign" && wanted.includes(token.text)));
        this.at += fits ? 1 : 0;
        return fits;
    }

    public expression(): void {
        do {
            do {
                this.operation();
            } while (this.skip("and"));
        } while (this.skip("or"));
    }

    private operation(): void {
        while (this.skip("!"));
        if (this.skip("test")) {
            return;
        }
        if (this.skip("(")) {
            this.expression();
            this.take("a )", ")");
            return;
        }
        this.take("something to ask for, such as has(NAME) or NAME == 'VALUE',", "label");
        if (this.skip("in")) {
            this.take("a list, such as {'a', 'b'},", "{");
            while (this.skip("word") && this.skip(","));
            this.take("a }", "}");
            return;
        }
        this.take(`one of ${operators.join(", ")}`, "compare");
        this.take("a value in quotes", "word");
    }

    public end(): void {
        const rest = this.all[this.at];
        if (rest) {
            throw new Unexpected(`before ${rest.text} && or || is missing`);
        }
    }
}

/** What is wrong with a selector, without a full stop; undefined for a good one. */
export function selectorProblem(text: string): string | undefined {
    try {
        const reader = new Reader(tokenize(text));
        if (text.trim() !== "") {
            reader.expression();
            reader.end();
        }
        return undefined;
    } catch (thrown) {
        return thrown instanceof Unexpected ? thrown.message : "this is no selector";
    }
}

/** The labels that a selector asks for by has(…). */
export const labelsOf = (text: string): string[] => [...text.matchAll(/\bhas\(\s*([A-Za-z0-9_./-]+)\s*\)/g)].map(([, name = ""]) => name);

/** Whether it selects every endpoint, as it is written: `all()`, or nothing. */
export const selectsAll = (text: string): boolean => /^\s*(all\(\s*\))?\s*$/.test(text);
