import { recordOf, TransientFailure, TerminalFailure, type ConversationPayload } from '@voxport/domain';
import type { JobPayloads } from '@voxport/jobs';

/** When the detail of a conversation is asked for whose list row carries its transcript. */
export type DetailMode = 'auto' | 'always' | 'never';

/**
 * So many details in a row that could not be had, or brought nothing that the row has not, and the rows are taken
 * without asking.
 */
const uselessMin = 20;
/** Then one detail in so many is asked for all the same: the source may have more by now. */
const askEvery = 50;

export interface ChooseDetailDependencies {
  readonly mode: DetailMode;
  /** The list row as a payload; null where it carries no transcript. */
  readonly readRow: (conversationId: string) => Promise<ConversationPayload | null>;
  /**
   * Rejects where the detail is not wanted at present: for a row that is taken without a request, which would refuse
   * it.
   */
  readonly refuseUnwanted: (job: JobPayloads['fetch-conversation']) => Promise<void>;
  readonly getConversation: (
    job: JobPayloads['fetch-conversation'],
    signal: AbortSignal,
  ) => Promise<ConversationPayload>;
}

/**
 * Makes the choice between the detail of a conversation and its list row. `auto`: the detail where it has more and can
 * be had, else the row; `never`: the row, and a TerminalFailure (`incomplete_payload`) where that has no transcript.
 */
export function makeChooseDetail({ mode, readRow, refuseUnwanted, getConversation }: ChooseDetailDependencies) {
  let useless = 0;
  let taken = 0;

  async function withoutAsking(job: JobPayloads['fetch-conversation']): Promise<ConversationPayload | null> {
    if (mode === 'auto' && (useless < uselessMin || (taken += 1) % askEvery === 0)) return null;
    await refuseUnwanted(job);
    const row = await readRow(job.conversationId);
    if (row !== null || mode === 'auto') return row;
    throw new TerminalFailure(
      'incomplete_payload',
      `The list row of conversation ${job.conversationId} has no transcript, and its detail may not be asked for. Set detail: auto for this source.`,
    );
  }

  return async function choose(
    job: JobPayloads['fetch-conversation'],
    signal: AbortSignal,
  ): Promise<ConversationPayload> {
    if (mode === 'always') return getConversation(job, signal);
    const unasked = await withoutAsking(job);
    if (unasked !== null) return unasked;
    try {
      const detail = await getConversation(job, signal);
      const row = await readRow(job.conversationId);
      useless = row !== null && !hasMore(jsonOf(detail.body), jsonOf(row.body)) ? useless + 1 : 0;
      return detail;
    } catch (error) {
      if (!(error instanceof TransientFailure) || error.code !== 'detail_missing') throw error;
      const row = await readRow(job.conversationId);
      if (row === null) throw error;
      useless += 1;
      return row;
    }
  };
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}

/**
 * Whether a detail has a value, anywhere, where the row has none. Other values are no reason to ask: what changes makes
 * the row change.
 */
function hasMore(detail: unknown, row: unknown): boolean {
  if (detail === null || detail === undefined) return false;
  if (row === null || row === undefined) return true;
  if (Array.isArray(detail)) {
    if (!Array.isArray(row)) return true;
    return detail.length > row.length || detail.some((item, index) => hasMore(item, row[index]));
  }
  const fields = recordOf(detail);
  if (fields === null) return false;
  const known = recordOf(row);
  return known === null || Object.entries(fields).some(([key, value]) => hasMore(value, known[key]));
}
