import type pg from 'pg';

/**
 * Has a pool make each new connection by the URL as it is then, e.g. after its password was rotated in a file.
 * Connections that stand stay as they are: a server asks for the password once a connection.
 * @param readUrl null where it cannot be told at present: the URL that was known last holds then.
 */
export function followUrl(pool: pg.Pool, readUrl: (() => string | null) | null): void {
  if (readUrl === null) return;
  const { options } = pool;
  let known = options.connectionString;
  // The pool hands these options to every client that it makes, and the client reads its URL from them.
  Object.defineProperty(options, 'connectionString', {
    enumerable: true,
    get: () => {
      known = readUrl() ?? known;
      return known;
    },
  });
}
