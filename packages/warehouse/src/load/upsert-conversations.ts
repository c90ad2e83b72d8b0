import type { Executor } from '../executor.ts';
import { admitObservations, type Admission } from './admit-observations.ts';
import type { LoadItem, LoadOptions, LoadOutcome } from './load-item.ts';
import { conversationParts, replaceChildren, transcriptParts } from './replace-children.ts';
import {
  touchConversations,
  writeConversations,
  writeTranscriptColumns,
  type WriteResult,
} from './write-conversations.ts';
import { compareInLockOrder } from '../lock-order.ts';

/**
 * Loads a batch of observations inside the caller's transaction; outcomes in the order of `items`. A conversation may
 * occur several times.
 *
 * Whatever the order and the number of times that observations are loaded, the rows end the same: a conversation's own
 * columns and its analysis come from its newest observation, the turns and what hangs on them from the newest one that
 * has a transcript (with `mirrorDeletions`: from the newest), `observed_at` and `origin` tell of the newest. Only
 * `first_seen_at` and `exported_at` tell of the loading itself. Known content changes nothing but `observed_at` and
 * `origin`; `deleted_at` goes when the conversation is seen again.
 *
 * @throws the error of Postgres, with its SQLSTATE: see `isDataError` (split the batch) and `isRetryableDatabaseError`
 *   (try again).
 */
export async function upsertConversations(
  transaction: Executor,
  items: readonly LoadItem[],
  options: LoadOptions,
): Promise<LoadOutcome[]> {
  const outcomes = new Map<LoadItem, LoadOutcome>();
  for (const round of roundsOf(items)) {
    for (const [item, outcome] of await loadRound(transaction, round, options)) outcomes.set(item, outcome);
  }
  return items.map((item) => outcomes.get(item) ?? 'unchanged');
}

/**
 * Splits a batch so that a conversation occurs once in each round, its newest observation in the first: the others then
 * have little left to write. Sorted by key, and the first round holds every key, so that two loaders lock in the same
 * order and never deadlock.
 */
function roundsOf(items: readonly LoadItem[]): LoadItem[][] {
  const rounds: LoadItem[][] = [];
  const seen = new Map<string, number>();
  // The same item twice is one item.
  for (const item of [...new Set(items)].toSorted(compareItems)) {
    const key = JSON.stringify([item.rows.conversation.source_id, item.rows.conversation.conversation_id]);
    const round = seen.get(key) ?? 0;
    seen.set(key, round + 1);
    (rounds[round] ??= []).push(item);
  }
  return rounds;
}

function compareItems(a: LoadItem, b: LoadItem): number {
  return (
    compareInLockOrder(a.rows.conversation.source_id ?? '', b.rows.conversation.source_id ?? '') ||
    compareInLockOrder(a.rows.conversation.conversation_id ?? '', b.rows.conversation.conversation_id ?? '') ||
    compareInLockOrder(b.observedAt, a.observedAt)
  );
}

async function loadRound(
  transaction: Executor,
  items: readonly LoadItem[],
  options: LoadOptions,
): Promise<[LoadItem, LoadOutcome][]> {
  const admissions = await admitObservations(transaction, items, options);
  const admitted = items.map((item, index) => ({ item, admission: admissions[index]! }));

  const whole = admitted.filter(({ admission }) => admission.writesConversation && !admission.keepsTranscript);
  const keeping = admitted.filter(({ admission }) => admission.writesConversation && admission.keepsTranscript);
  const results = new Map<LoadItem, WriteResult>();
  for (const [writes, keepTranscriptColumns] of [
    [whole, false],
    [keeping, true],
  ] as const) {
    const written = await writeConversations(transaction, writes.map(toWrite), {
      keepTranscriptColumns,
      replacesNewerRows: options.reload === true,
    });
    for (const [index, { item }] of writes.entries()) results.set(item, written[index]!);
  }
  const standing = admitted.filter(
    ({ item, admission }) => !admission.writesConversation || results.get(item) !== 'skipped',
  );
  const others = standing.filter(({ admission }) => !admission.writesConversation);
  await writeTranscriptColumns(
    transaction,
    others.filter(({ admission }) => admission.writesTranscript).map(({ item }) => item.rows.conversation),
  );
  await touchConversations(
    transaction,
    others.map(({ item }) => item),
  );

  const toChildren = ({ item }: { item: LoadItem }) => ({ rows: item.rows, isNew: results.get(item) === 'inserted' });
  // A conversation that never had a transcript has no turns; a reload takes away those that somebody put there.
  const isStray = ({ writesConversation, hasTranscript }: Admission): boolean =>
    options.reload === true && writesConversation && !hasTranscript;
  await replaceChildren(
    transaction,
    transcriptParts,
    standing.filter(({ admission }) => admission.writesTranscript || isStray(admission)).map(toChildren),
  );
  await replaceChildren(
    transaction,
    conversationParts,
    standing.filter(({ admission }) => admission.writesConversation).map(toChildren),
  );
  return admitted.map(({ item, admission }) => [item, results.get(item) === 'skipped' ? 'older' : admission.outcome]);
}

function toWrite({ item, admission }: { item: LoadItem; admission: Admission }) {
  return { item, deletedAt: admission.deletedAt };
}
