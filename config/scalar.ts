/**
 * How Marathon writes a number, to compare it with a constraint's text: three digits at most after the point, no zeros at
 * the end, a tie to the even digit. Source: Constraints.scala of Marathon 1.11, DecimalFormat("0.###").
 */
export function scalarText(value: number): string {
    const whole = Math.floor(value * 1000);
    const tie = isExact(value) && value * 1000 - whole === 0.5;
    // Of a tie toFixed takes the larger one.
    const text = tie && whole % 2 === 0 ? (whole / 1000).toFixed(3) : value.toFixed(3);
    return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Only such are ties to the last bit: what is half way between two thousandths is a number of sixteenths, or no double. */
const isExact = (value: number): boolean => Number.isInteger(value * 16);
