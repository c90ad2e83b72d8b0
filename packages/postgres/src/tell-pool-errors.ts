import type pg from 'pg';

/**
 * Tells of the errors of a pool's idle connections until the pool is ended. `end` resolves before the server has closed
 * the sessions: what it says to them then (57P01, where the database is dropped) concerns nobody.
 */
export function tellPoolErrors(pool: pg.Pool, onError: (error: Error) => void): void {
  pool.on('error', (error) => {
    if (!pool.ending) onError(error);
  });
}
