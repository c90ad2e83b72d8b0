/** From what can wait to what wakes somebody. */
export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

export type AlertKind =
  | 'dead_letters'
  | 'source_paused'
  | 'freshness'
  | 'slow_run'
  | 'fleet_silent'
  | 'consumption_stuck'
  | 'verification_gaps'
  | 'schema_drift'
  | 'webhook_silent'
  | 'disk'
  | 'queue_memory';

/**
 * Something that is not as it should be, as one evaluation of the pipeline finds it. Texts hold no secret and nothing
 * of what was said in a call.
 */
export interface Condition {
  /** Two conditions of one fingerprint are the same, seen twice. */
  readonly fingerprint: string;
  readonly kind: AlertKind;
  readonly severity: Severity;
  /** Null: the whole pipeline. */
  readonly sourceId: string | null;
  /** What happened, in a line. */
  readonly title: string;
  readonly detail: string;
  readonly since: Date;
  /** How many; null where there is nothing to count. */
  readonly count: number | null;
  /** Another revision of the same condition is worth a notice of its own, e.g. ten times as many. */
  readonly revision: string;
  /** What to do, in a sentence. */
  readonly remedy: string;
  /** The command that fixes it, or that shows what to fix. */
  readonly command: string;
}

export type NoticeEvent = 'opened' | 'changed' | 'reminder' | 'recovered';

/** What receivers are told of an alert, as it was at one moment. Times are ISO 8601. */
export interface Notice {
  readonly event: NoticeEvent;
  readonly alertId: number;
  readonly fingerprint: string;
  /** `test`: sent by hand, to try a receiver. */
  readonly kind: AlertKind | 'test';
  readonly severity: Severity;
  readonly sourceId: string | null;
  readonly title: string;
  readonly detail: string;
  readonly since: string;
  readonly openedAt: string;
  readonly resolvedAt: string | null;
  readonly count: number | null;
  readonly remedy: string;
  readonly command: string;
}

/** Whether a severity is at least as grave as another. */
export function isAtLeast(severity: Severity, minimum: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(minimum);
}
