import { isRunningStatus, type ListedConversation, readTime } from '@voxport/domain';
import { fingerprint } from '../rows/fingerprint.ts';
import { isObject, type JsonObject, textOf } from '../rows/values.ts';
import { changeFields } from './change-fields.ts';

/**
 * A row of a voiceable list page, in its documented shape (`conversation_id`, `created_at`) or its client's (`id`,
 * `date`); null without an id.
 */
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
  const metadata = isObject(row['metadata']) ? row['metadata'] : {};
  const values = [row['created_at'], row['date'], metadata['start_time_unix_secs'], row['start_time_unix_secs']];
  for (const value of values) {
    const start = readTime(value);
    if (start !== null) return start;
  }
  return null;
}
