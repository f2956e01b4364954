/** Lines of a table, its columns as wide as their widest cell; numbers stand to the right. */
export function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
    const all = [head, ...rows];
    const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
    const isNumber = (text: string): boolean => /^[-–\d]/.test(text);
    return all.map((row) =>
        row.map((cell, column) => (isNumber(cell) || (row === head && isNumber(rows[0]?.[column] ?? "")) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join("  ").trimEnd(),
    );
}

/** Three significant digits, without exponents. */
export const digits = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
