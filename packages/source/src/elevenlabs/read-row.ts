import { isRunningStatus, type ListedConversation, readTime } from '@voxport/domain';
import { fingerprint } from '../rows/fingerprint.ts';
import { type JsonObject, textOf } from '../rows/values.ts';
import { changeFields } from './change-fields.ts';

/** A row of an ElevenLabs list page; null when it has no id. */
export function readRow(row: JsonObject): ListedConversation | null {
  const conversationId = textOf(row['conversation_id']);
  if (conversationId === null) return null;
  return {
    conversationId,
    agentId: textOf(row['agent_id']),
    startedAt: readTime(row['start_time_unix_secs']),
    status: textOf(row['status']),
    isTerminal: !isRunningStatus(textOf(row['status'])),
    fingerprint: fingerprint(row, changeFields),
    row,
  };
}
