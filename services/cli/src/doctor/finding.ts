/** What one check found: a line for people, and how to fix it where it is not in order. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  readonly remedy: string | null;
}

export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message, remedy: null };
}

export function warn(check: string, message: string, remedy: string): Finding {
  return { check, status: 'warn', message, remedy };
}

export function fail(check: string, message: string, remedy: string): Finding {
  return { check, status: 'fail', message, remedy };
}

/** The sentence of an error, without a stack. */
export function sentence(error: unknown): string {
  const nested = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return nested instanceof Error ? nested.message : String(nested);
}
