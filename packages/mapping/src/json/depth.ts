/**
 * Deeper JSON is cut. Postgres refuses jsonb from some 12,000 levels on, and walks it by jsonpath for fewer; Python's
 * parser, in many a BI tool, ends at 1,000.
 */
export const jsonDepthMax = 500;

/** True when the value nests deeper than `jsonDepthMax`. Walks without recursion. */
export function isTooDeep(root: object): boolean {
  let level: object[] = [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > jsonDepthMax) return true;
    const next: object[] = [];
    for (const container of level) {
      for (const value of Object.values(container)) {
        if (typeof value === 'object' && value !== null) next.push(value);
      }
    }
    level = next;
  }
  return false;
}
