import type { ListedConversation } from '@voxport/domain';
import { runningWords as elevenlabsRunningWords } from '../elevenlabs/read-row.ts';
import { fingerprint } from '../rows/fingerprint.ts';
import { startOfIso, startOfUnix } from '../rows/read-start.ts';
import { isRunning } from '../rows/read-status.ts';
import { type JsonObject, textOf } from '../rows/values.ts';
import { changeFields } from './change-fields.ts';

/** Voiceable documents no list of status words ("completed" in its example): the upstream's, and the usual ones of telephony. */
const runningWords: ReadonlySet<string> = new Set([
  ...elevenlabsRunningWords,
  'pending',
  'queued',
  'scheduled',
  'dialing',
  'ringing',
  'connecting',
  'active',
  'ongoing',
  'running',
]);

/** A row of a voiceable list page, in its documented shape (`conversation_id`, `created_at`) or its client's (`id`, `date`); null without an id. */
export function readRow(row: JsonObject): ListedConversation | null {
  const conversationId = textOf(row['conversation_id']) ?? textOf(row['id']);
  if (conversationId === null) return null;
  return {
    conversationId,
    agentId: textOf(row['agent_id']),
    startedAt: readStart(row),
    status: textOf(row['status']),
    isTerminal: !isRunning(row['status'], runningWords),
    fingerprint: fingerprint(row, changeFields),
    row,
  };
}

function readStart(row: JsonObject): Date | null {
  for (const value of [row['start_time_unix_secs'], row['created_at'], row['date']]) {
    const start = startOfUnix(value) ?? startOfIso(value);
    if (start !== null) return start;
  }
  return null;
}
