/** Why a range of call starts has not been listed: see voxport_ops.missing_coverage. */
export type MissingReason = 'listing' | 'run_paused' | 'failed' | 'source_paused' | 'next_sync';

/** What holds a missing range up: why, how many windows have it, the first of them, and with what it failed. */
export interface MissingHold {
  readonly reason: MissingReason;
  readonly windows: number;
  readonly windowId: number | null;
  readonly errorClass: string | null;
}

/** The same in a few words: `failed (window 7: server_error)`. */
export function missingText({ reason, windows, windowId, errorClass }: MissingHold): string {
  const which = windows === 1 ? `window ${windowId}` : `${windows} windows`;
  switch (reason) {
    case 'listing':
      return `being listed (${which})`;
    case 'run_paused':
      return `its run is paused (${which})`;
    case 'failed':
      return `failed (${which}: ${errorClass})`;
    case 'source_paused':
      return 'the source is paused';
    case 'next_sync':
      return 'the next sync lists it';
  }
}
