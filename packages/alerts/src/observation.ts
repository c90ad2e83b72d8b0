import type { StoreMemory } from '@voxport/jobs';
import type {
  DeadLetterGroup,
  NewDrift,
  RoleHeartbeat,
  RunningPace,
  SourceSigns,
  VerifiedGap,
  WebhookSigns,
} from '@voxport/warehouse';

/** One evaluation of a source's pipeline. */
export interface SourceObservation {
  readonly sourceId: string;
  /** Null: no objective. */
  readonly freshnessSecs: number | null;
  readonly signs: SourceSigns;
  readonly deadLetters: readonly DeadLetterGroup[];
  readonly runs: readonly RunningPace[];
  readonly gaps: readonly VerifiedGap[];
  readonly drift: readonly NewDrift[];
  /** Null: the source has no webhook. */
  readonly webhook: WebhookSigns | null;
}

/** A file system that something of ours is kept on. */
export interface DiskObservation {
  readonly what: string;
  readonly path: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** One evaluation of what all sources share. */
export interface PlaceObservation {
  /** The roles that processes of the fleet have had of late; none where only commands are run. */
  readonly roles: readonly RoleHeartbeat[];
  readonly databaseBytes: number;
  readonly databaseBytesMax: number | null;
  readonly disks: readonly DiskObservation[];
  /** Null: the store did not answer in time, or does not tell. */
  readonly queueMemory: StoreMemory | null;
  /** Since when the queue's store has not answered; null while it does. */
  readonly queueSilentSince: Date | null;
}

/** One evaluation of everything. */
export interface Observation {
  readonly now: Date;
  /** What was before somebody looked is not held against the pipeline: a fleet that starts again has a backlog. */
  readonly watchedSince: Date;
  readonly sources: readonly SourceObservation[];
  readonly place: PlaceObservation;
}

/** From when on a condition counts. */
export interface RuleSettings {
  readonly stuckAfterSecs: number;
  readonly deadLettersCritical: number;
  readonly webhookSilentAfterSecs: number;
}
