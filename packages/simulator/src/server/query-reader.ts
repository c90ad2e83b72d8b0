import type { ValidationIssue } from './problem.ts';

/** Reads typed parameters from a query and gathers what is wrong with them, in FastAPI's words. */
export interface QueryReader {
  text(name: string): string | null;
  integer(name: string): number | null;
  boolean(name: string): boolean | null;
  word(name: string, words: readonly string[]): string | null;
  list(name: string): readonly string[];
  words(name: string, words: readonly string[]): readonly string[];
  readonly issues: readonly ValidationIssue[];
}

/** Makes a reader over one query. Unknown parameters are ignored, as the API does. */
export function makeQueryReader(params: URLSearchParams): QueryReader {
  const issues: ValidationIssue[] = [];
  const complain = (name: string, type: string, msg: string) => void issues.push({ loc: ['query', name], msg, type });
  const words = (name: string, allowed: readonly string[]) => {
    const values = params.getAll(name);
    for (const value of values)
      if (!allowed.includes(value))
        complain(name, 'enum', `Input should be ${allowed.map((word) => `'${word}'`).join(', ')}`);
    return values;
  };
  return {
    issues,
    text: (name) => params.get(name),
    integer: (name) => {
      const value = params.get(name);
      if (value === null) return null;
      if (!/^[+-]?\d{1,15}$/.test(value)) {
        complain(name, 'int_parsing', 'Input should be a valid integer, unable to parse string as an integer');
        return null;
      }
      return Number(value);
    },
    boolean: (name) => {
      const value = params.get(name);
      if (value === null) return null;
      if (['true', '1', 'yes', 'on'].includes(value.toLowerCase())) return true;
      if (['false', '0', 'no', 'off'].includes(value.toLowerCase())) return false;
      complain(name, 'bool_parsing', 'Input should be a valid boolean, unable to interpret input');
      return null;
    },
    word: (name, allowed) => words(name, allowed)[0] ?? null,
    list: (name) => params.getAll(name),
    words,
  };
}
