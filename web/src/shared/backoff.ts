const SHORTEST_MS = 1000;
const LONGEST_MS = 30_000;

/**
 * How long to wait after so many failures. Partly random: when a server comes back, its customers
 * must not all return in the same instant.
 */
export function backoff(failures: number): number {
  const most = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** failures);
  return SHORTEST_MS + Math.random() * (most - SHORTEST_MS);
}
