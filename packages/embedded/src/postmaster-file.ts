/**
 * What a running server says of itself in `postmaster.pid`. Lines are written one after the other, so the later ones
 * may be missing.
 */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | null;
  readonly socketDir: string | null;
  /** `starting`, `stopping`, `ready` or `standby`; null while the server has not got that far. */
  readonly status: string | null;
}

/**
 * Reads the text of a `postmaster.pid`; null when it does not begin with a process id.
 * Line numbers as in Postgres' `src/include/utils/pidfile.h`: 1 pid, 4 port, 5 socket directory, 8 status.
 */
export function parsePostmasterFile(text: string): PostmasterFile | null {
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  const port = Number(lines[3]);
  return {
    pid,
    port: Number.isSafeInteger(port) && port > 0 ? port : null,
    socketDir: lines[4] || null,
    status: lines[7] || null,
  };
}
