const STEPS = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10];

/** The round number at the top of a chart's axis, whose half is a whole number too. */
export function ceiling(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  const tops = STEPS.map((step) => Math.round(step * power));
  return tops.find((top) => top >= most && top % 2 === 0) ?? most;
}
