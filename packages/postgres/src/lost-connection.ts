import pg from 'pg';

/** SQLSTATE of a connection that cannot be had, and of one that broke while it was used. */
type LossCode = '08001' | '08006';

/**
 * The connection to the database is gone, or could not be had. pg says so by plain errors without a code, of which a
 * caller cannot tell whether the same may pass; this one has the code that Postgres has for it. The message is pg's.
 */
export class LostConnection extends Error {
  override readonly name = 'LostConnection';
  readonly code: LossCode;

  constructor(code: LossCode, cause: Error) {
    super(cause.message, { cause });
    this.code = code;
  }
}

/**
 * A pool whose `connect` rejects with a LostConnection (`08001`) where pg has no code for what keeps a connection from
 * being had: none is free in time, the server answers nothing, or breaks off before the session stands.
 */
export class TellingPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Parameters<pg.Pool['connect']>[0]): void;
  override connect(callback?: Parameters<pg.Pool['connect']>[0]): Promise<pg.PoolClient> | void {
    // To use a pool that was closed is a mistake of ours, and does not pass.
    const told = <Thrown>(error: Thrown): Thrown | LostConnection =>
      isUncoded(error) && !this.ending ? new LostConnection('08001', error) : error;
    // As the pool's own `query` does.
    if (callback !== undefined)
      return super.connect((error, client, release) => callback(told(error), client, release));
    return super.connect().catch((error: unknown) => {
      throw told(error);
    });
  }
}

/**
 * Has the statements of a client reject with a LostConnection (`08006`) once its connection has broken or ended, as the
 * client's own events say; whatever else they reject with stays as it is.
 */
export function tellLosses(client: pg.ClientBase): void {
  let isLost = false;
  const lose = (): void => {
    isLost = true;
  };
  // Before the statements under way are rejected, both of them.
  client.on('error', lose);
  if (client instanceof pg.Client) client.connection.once('end', lose);
  const ask = client.query.bind(client) as (...given: unknown[]) => unknown;
  const told = (error: unknown): unknown => (isLost && isUncoded(error) ? new LostConnection('08006', error) : error);
  const query = (...given: unknown[]): unknown => {
    const callback = given.at(-1);
    if (typeof callback === 'function') {
      const answered = (error: unknown, ...more: unknown[]): unknown => callback(told(error), ...more);
      return ask(...given.slice(0, -1), answered);
    }
    const answer = ask(...given);
    if (!(answer instanceof Promise)) return answer;
    return answer.catch((error: unknown) => {
      throw told(error);
    });
  };
  client.query = query as typeof client.query;
}

/** Whether an error is one that a library made without saying of what kind: a plain Error without a code. */
function isUncoded(error: unknown): error is Error {
  return error instanceof Error && error.constructor === Error && !('code' in error);
}
