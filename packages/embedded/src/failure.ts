/** Why the embedded server could not be started, found or stopped; the message says what to do about it. */
export type EmbeddedPostgresFailureCode =
  | 'no_binaries' // no Postgres for this platform among the installed packages
  | 'no_account' // running as root, and no unprivileged account can be used
  | 'initialise_failed'
  | 'unusable_data_dir' // there is something in the way that Voxport did not make
  | 'wrong_version' // made by another major version of Postgres
  | 'password_rejected'
  | 'start_failed'
  | 'stop_failed'
  | 'lock_timeout';

export class EmbeddedPostgresFailure extends Error {
  override readonly name = 'EmbeddedPostgresFailure';
  readonly code: EmbeddedPostgresFailureCode;

  constructor(code: EmbeddedPostgresFailureCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}
