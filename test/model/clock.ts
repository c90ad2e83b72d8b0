import timers from 'node:timers/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * The clock of a played history: it stands still in this process, counts a millisecond per transaction in Postgres, and
 * leaps when a command says so.
 */

const realNow = Date.now;
let nowMs = realNow();

/** A Date whose present is the model's. */
const RealDate = Date;
class ModelDate extends RealDate {
  constructor(...values: readonly [] | readonly [number | string | Date]) {
    super(values.length === 0 ? nowMs : values[0]);
  }

  static override now(): number {
    return nowMs;
  }

  /** What is a Date anywhere is one here. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Object.prototype.toString.call(value) === '[object Date]';
  }
}

/** Where every history begins. */
export const epochMs = RealDate.parse('2026-01-01T00:00:00Z');

/** The model's present, in milliseconds. */
export function modelNowMs(): number {
  return nowMs;
}

export function setModelNow(ms: number): void {
  nowMs = ms;
}

let leap: (ms: number) => Promise<void> = async () => {};

/** Says how time passes while something sleeps: at once. */
export function onSleep(pass: (ms: number) => Promise<void>): void {
  leap = pass;
}

/**
 * Has `Date` and `performance.now` of this thread tell the model's time. What the histories play reads no other clock.
 */
export function takeOverClock(): void {
  globalThis.Date = ModelDate as unknown as DateConstructor;
  performance.now = () => nowMs - epochMs;
  timers.setTimeout = (async (ms = 0, value?: unknown) => {
    await leap(ms);
    return value;
  }) as typeof timers.setTimeout;
  syncBuiltinESMExports();
}

/** Wall time, for measuring the model itself. */
export function wallMs(): number {
  return realNow();
}

/**
 * The same clock in Postgres. The schema stands before `pg_catalog` in the search path, so the product's own
 * statements, and the defaults of its tables, call these functions where they say `now()`: nothing of them is changed.
 * As the originals do, `now()` keeps its value for the transaction, and `clock_timestamp()` moves on with each call;
 * both by whole milliseconds, so that the same history reads the same times again.
 */
export const clockSchema = `
  create schema model_clock;
  create sequence model_clock.ms as bigint minvalue 0;
  create function model_clock.clock_timestamp() returns timestamptz language sql volatile as
    $$ select timestamptz 'epoch' + pg_catalog.nextval('model_clock.ms') * interval '1 millisecond' $$;
  create function model_clock.now() returns timestamptz language plpgsql stable as $$
    declare at text := pg_catalog.current_setting('model_clock.now', true);
    begin
      if at is null or at = '' then
        at := model_clock.clock_timestamp()::text;
        perform pg_catalog.set_config('model_clock.now', at, true);
      end if;
      return at::timestamptz;
    end $$;
`;
