import { isRunningStatus, type ListedConversation } from '@voxport/domain';
import { fingerprint } from '../rows/fingerprint.ts';
import { startOfIso, startOfUnix } from '../rows/read-start.ts';
import { type JsonObject, textOf } from '../rows/values.ts';
import { changeFields } from './change-fields.ts';

/** A row of a voiceable list page, in its documented shape (`conversation_id`, `created_at`) or its client's (`id`, `date`); null without an id. */
export function readRow(row: JsonObject): ListedConversation | null {
  const conversationId = textOf(row['conversation_id']) ?? textOf(row['id']);
  if (conversationId === null) return null;
  return {
    conversationId,
    agentId: textOf(row['agent_id']),
    startedAt: readStart(row),
    status: textOf(row['status']),
    isTerminal: !isRunningStatus(textOf(row['status'])),
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
