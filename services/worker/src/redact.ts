import { TerminalFailure, type ConversationPage, type ConversationPayload, type Redaction } from '@voxport/domain';

/**
 * A page of a list as it may be stored. Its fingerprints stay those of what the source sent: they tell of changes, and
 * tell nothing else.
 */
export function redactPage(redaction: Redaction, page: ConversationPage): ConversationPage {
  return {
    ...page,
    conversations: page.conversations.map((listed) => ({
      ...listed,
      row: redaction.row(listed.row, listed.conversationId),
    })),
    unusableRows: page.unusableRows.map((row) => redactUnusableRow(redaction, row)),
  };
}

/**
 * A payload as it may be stored, before anything else sees it.
 * Throws a TerminalFailure, without the body, for one in which nothing can be redacted: it must not be stored as it is.
 */
export function redactPayload(redaction: Redaction, payload: ConversationPayload): ConversationPayload {
  try {
    return { ...payload, body: redaction.payload(payload.body, payload.conversationId) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new TerminalFailure(
      'unusable_payload',
      `the payload of ${payload.conversationId} is no JSON that can be redacted, so it is not stored`,
    );
  }
}

/** A failure quotes a row that is not a conversation: the message is stored. */
function redactUnusableRow(redaction: Redaction, row: unknown): unknown {
  if (typeof row === 'object' && row !== null && !Array.isArray(row))
    return redaction.row(row as Readonly<Record<string, unknown>>, '');
  return Array.isArray(row) || typeof row === 'string' ? '[redacted]' : row;
}
