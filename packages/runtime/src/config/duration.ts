const unitSecs: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Reads a duration such as `90s`, `5m`, `1h`, `2d` or `1w` into seconds; null when it is none. */
export function parseDurationSecs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([smhdw])$/.exec(text.trim());
  if (!match) return null;
  return Number(match[1]) * unitSecs[match[2]!]!;
}
