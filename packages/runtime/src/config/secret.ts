import { inspect } from 'node:util';

/**
 * A value that does not print: `String(secret)`, JSON and `console.log` show a placeholder. Only `reveal()` gives it.
 */
export interface Secret {
  reveal(): string;
}

/** Wraps a secret so that it cannot slip into a log by being part of an object. */
export function secret(value: string): Secret {
  return Object.freeze({
    reveal: () => value,
    toString: () => '[secret]',
    toJSON: () => '[secret]',
    [inspect.custom]: () => '[secret]',
  });
}
