import pg from 'pg';
import { expect, test } from 'vitest';
import { tellPoolErrors } from './tell-pool-errors.ts';

test('an idle connection that breaks is reported, and not once the pool is ended', async () => {
  const pool = new pg.Pool({ connectionString: 'postgres://127.0.0.1:1/none' });
  const told: string[] = [];
  tellPoolErrors(pool, (error) => told.push(error.message));
  pool.emit('error', new Error('broken'), new pg.Client());
  const ended = pool.end();
  pool.emit('error', new Error('terminated by the server'), new pg.Client());
  await ended;
  pool.emit('error', new Error('terminated later'), new pg.Client());
  expect(told).toEqual(['broken']);
});
