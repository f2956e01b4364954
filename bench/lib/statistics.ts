/** The middle of a list of numbers; of an even count, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const half = Math.floor(sorted.length / 2);
    return sorted.length % 2 === 1 ? sorted[half]! : ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2;
}

/** The exponent b of y = a·x^b that fits best: least squares of the logarithms. Undefined for fewer than two different x. */
export function exponent(points: readonly (readonly [x: number, y: number])[]): number | undefined {
    const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
    const mean = (at: 0 | 1): number => logs.reduce((sum, point) => sum + point[at], 0) / logs.length;
    const [middleX, middleY] = [mean(0), mean(1)];
    const spread = logs.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0);
    return spread > 0 ? logs.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0) / spread : undefined;
}
