import type { Priority } from '@voxport/domain';

/**
 * The table of contents of the queues: every job there is, what it carries and what identifies it.
 * Jobs carry references, never payloads: what they refer to stands in Postgres.
 */
export interface JobPayloads {
  /** List one page of a window. Queue `fetch`. */
  'list-page': { readonly windowId: number; readonly page: number; readonly runId: number };
  /**
   * Fetch one conversation's detail and land it. Enqueued again (`isRepeat`), it looks first whether the detail has
   * come meanwhile. Queue `fetch`.
   */
  'fetch-conversation': {
    readonly conversationId: string;
    readonly generation: number;
    readonly runId: number | null;
    readonly isRepeat?: boolean;
  };
  /** Fetch one conversation's recording and store it. Queue `fetch`. */
  'fetch-recording': { readonly conversationId: string; readonly generation: number };
  /** Load what has landed, until nothing is left. Queue `load`. */
  'load-landed': { readonly slot: number };
  /** Start an incremental sync of the source, unless one is under way. Queue `plan`. */
  'sync-source': Record<string, never>;
  /** Enqueue again what got lost, take up rechecks that are due, end what is done. Queue `plan`. */
  'sweep-source': Record<string, never>;
  /** Plan what operators have asked for on the page. Queue `plan`. */
  'plan-requested': Record<string, never>;
  /** List again what is recent and a sample of the past, and fix what is missing. Queue `plan`. */
  'verify-source': Record<string, never>;
}
export type JobName = keyof JobPayloads;

/**
 * The queues of a source. Few and fixed: after a million jobs over many names, a bloated index on Postgres cost a
 * factor of three.
 */
export type QueueKind = 'fetch' | 'load' | 'plan';

/** The jobs that a queue carries: a consumer must have a handler for each. */
export type JobsOf<Kind extends QueueKind> = {
  fetch: 'list-page' | 'fetch-conversation' | 'fetch-recording';
  load: 'load-landed';
  plan: 'plan-requested' | 'sync-source' | 'sweep-source' | 'verify-source';
}[Kind];

/** BullMQ's priorities of details: a lower number goes first; equal ones in the order of arrival. */
export const priorityOf: { readonly [L in Priority]: number } = { live: 2, refresh: 3, backfill: 4 };

/**
 * Pages that list what is new go before all details, so that however many new calls wait to be fetched, newer ones are
 * listed on the schedule. Such windows are short. Pages of history take turns with its details: to list far ahead of
 * them would fill the queue with details that wait.
 */
export const pagePriorityOf: { readonly [L in Priority]: number } = { live: 1, refresh: 3, backfill: 4 };

/**
 * Recordings come behind everything else that waits, so that transcripts go first; those of history behind the others.
 */
export const recordingPriorityOf: { readonly [L in Priority]: number } = { live: 5, refresh: 5, backfill: 6 };

/** Name of a source's queue. A source id has no `:`, which BullMQ forbids. */
export function queueName(sourceId: string, kind: QueueKind): string {
  return `${sourceId}-${kind}`;
}

/** Identity of a page job: the same page of the same window is enqueued once. */
export function listPageJobId(windowId: number, page: number): string {
  return `page-${windowId}-${page}`;
}

/**
 * Identity of a detail job: the same detail request is enqueued once; a newer detail request is another job, even while
 * the older one runs.
 */
export function fetchConversationJobId(conversationId: string, generation: number): string {
  // BullMQ forbids `:` in a job id. Percent-encoding keeps different ids different.
  return `detail-${generation}-${encodeURIComponent(conversationId)}`;
}

/** What a job's identity tells, for a log line of a job that is known by nothing else. */
export function readJobId(jobId: string): Readonly<Record<string, string | number>> {
  const [, windowId, page] = /^page-(\d+)-(\d+)$/.exec(jobId) ?? [];
  if (windowId !== undefined && page !== undefined) return { windowId: Number(windowId), page: Number(page) };
  const [, generation, conversationId] = /^(?:detail|recording)-(\d+)-(.*)$/s.exec(jobId) ?? [];
  if (generation === undefined || conversationId === undefined) return {};
  return { conversationId: decodeURIComponent(conversationId), generation: Number(generation) };
}

/**
 * The payload of a job as this release names its parts. A job that a process of 0.1 has enqueued, and that waits since,
 * calls the generation `version`. Goes with the next release.
 */
export function readStoredPayload<Payload extends object>(stored: Payload): Payload {
  if (!('version' in stored)) return stored;
  const { version, ...rest } = stored;
  return { generation: version, ...rest } as unknown as Payload;
}

/** Identity of a recording's job: the same detail request is enqueued once. */
export function fetchRecordingJobId(conversationId: string, generation: number): string {
  return `recording-${generation}-${encodeURIComponent(conversationId)}`;
}
