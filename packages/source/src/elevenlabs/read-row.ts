import type { ListedConversation } from '@voxport/domain';
import { fingerprint } from '../rows/fingerprint.ts';
import { startOfUnix } from '../rows/read-start.ts';
import { isRunning } from '../rows/read-status.ts';
import { type JsonObject, textOf } from '../rows/values.ts';
import { changeFields } from './change-fields.ts';

/** The status words of a call that is not over, by the reference. */
export const runningWords: ReadonlySet<string> = new Set(['initiated', 'in-progress', 'processing']);

/** A row of an ElevenLabs list page; null when it has no id. */
export function readRow(row: JsonObject): ListedConversation | null {
  const conversationId = textOf(row['conversation_id']);
  if (conversationId === null) return null;
  return {
    conversationId,
    agentId: textOf(row['agent_id']),
    startedAt: startOfUnix(row['start_time_unix_secs']),
    status: textOf(row['status']),
    isTerminal: !isRunning(row['status'], runningWords),
    fingerprint: fingerprint(row, changeFields),
    row,
  };
}
