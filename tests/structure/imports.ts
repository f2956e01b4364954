import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import ts from "typescript";

/** The checkout. */
export const root = join(__dirname, "..", "..");

/** Every TypeScript file below a folder of the checkout, by path from its root. */
export const filesBelow = (folder: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
        .map((entry) => relative(root, join(entry.parentPath, entry.name)))
        .sort();

/** What a file takes from others of ours at run time, by path from the root: not types, which are gone then. */
export function takenBy(file: string): string[] {
    const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.ES2022, true);
    const taken: string[] = [];
    const visit = (node: ts.Node): void => {
        if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier) && !isTypeOnly(node)) {
            taken.push(node.moduleSpecifier.text);
        }
        if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) && !node.isTypeOnly) {
            taken.push(node.moduleSpecifier.text);
        }
        if (ts.isCallExpression(node) && node.expression.getText() === "require" && node.arguments[0] && ts.isStringLiteral(node.arguments[0])) {
            taken.push(node.arguments[0].text);
        }
        ts.forEachChild(node, visit);
    };
    visit(source);
    return taken.filter((name) => name.startsWith(".")).flatMap((name) => resolve(dirname(file), name));
}

function isTypeOnly({ importClause }: ts.ImportDeclaration): boolean {
    if (!importClause) {
        return false;
    }
    const { namedBindings, name } = importClause;
    const named = namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements : undefined;
    const eachType = !name && named !== undefined && named.length > 0 && named.every((one) => one.isTypeOnly);
    return importClause.phaseModifier === ts.SyntaxKind.TypeKeyword || eachType;
}

function resolve(from: string, name: string): string[] {
    const path = join(from, name);
    return [`${path}.ts`, join(path, "index.ts")].filter((candidate) => known.has(candidate)).slice(0, 1);
}

const known = new Set(["components", "config", "ops"].flatMap(filesBelow));

/** Every ring of an import graph, each once, as the way round it. */
export function rings(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
    const found: string[][] = [];
    const done = new Set<string>();
    const walk = (at: string, way: string[]): void => {
        const before = way.indexOf(at);
        if (before >= 0) {
            found.push([...way.slice(before), at]);
            return;
        }
        if (!done.has(at)) {
            for (const next of graph.get(at) ?? []) {
                walk(next, [...way, at]);
            }
            done.add(at);
        }
    };
    [...graph.keys()].forEach((start) => walk(start, []));
    return found;
}
