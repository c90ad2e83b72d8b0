/** A number as people write it. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** A number with its noun. */
export function counted(value: number, one: string, many: string): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Bytes in binary units. */
export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return `${trimmed(value / 1024 ** power)} ${units[power]}`;
}

/** A share in per cent. */
export function percent(share: number): string {
  return `${trimmed(share * 100)} %`;
}

/** Seconds between two times. */
export function secsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}

/** The latest of some times. */
export function latest(...times: readonly (Date | null)[]): Date {
  return new Date(Math.max(0, ...times.map((time) => time?.getTime() ?? 0)));
}

/** A text of some length at most; what is cut off is seen to be. */
export function cut(text: string, lengthMax: number): string {
  // By code point: half a pair would be no text.
  const characters = Array.from(text);
  return characters.length <= lengthMax ? text : `${characters.slice(0, lengthMax - 1).join('')}…`;
}

function trimmed(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0).replace(/\.0$/, '');
}
