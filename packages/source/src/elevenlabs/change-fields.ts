import type { ChangeFields, FingerprintField } from '../rows/fingerprint.ts';

/**
 * The fields of a list row that tell of a change to the conversation. Left out are those that change without it (an
 * agent's name) and those that a request without summaries does not get.
 */
export const baseFields: readonly FingerprintField[] = [
  ['agent_id', 'text'],
  ['start_time_unix_secs', 'number'],
  ['call_duration_secs', 'number'],
  ['message_count', 'number'],
  ['status', 'text'],
  ['termination_reason', 'text'],
  ['call_successful', 'text'],
  ['call_success_score', 'number'],
  ['call_summary_title', 'text'],
  ['rating', 'number'],
  ['has_feedback_comment', 'flag'],
  ['feedback.type', 'text'],
  ['feedback.overall_score', 'number'],
  ['feedback.rating', 'number'],
  ['feedback.comment', 'text'],
  ['feedback.likes', 'number'],
  ['feedback.dislikes', 'number'],
  ['main_language', 'text'],
  ['direction', 'text'],
  ['tool_names', 'set'],
  ['tag_ids', 'set'],
  ['topic_ids', 'set'],
  ['sentiment_analysis.overall_label', 'text'],
  ['sentiment_analysis.overall_sentiment_score', 'number'],
  ['sentiment_analysis.overall_frustration_score', 'number'],
  ['sentiment_analysis.min_user_sentiment_score', 'number'],
  ['sentiment_analysis.max_user_frustration_score', 'number'],
  ['sentiment_analysis.num_scored_user_turns', 'number'],
];

/** Fields that rows have since, the oldest first: the cost arrives after the call has ended. */
export const addedFields: readonly FingerprintField[] = [
  ['cost', 'number'],
  ['cost_fiat', 'number'],
];

/** The fields of an ElevenLabs row that tell of a change. */
export const changeFields: ChangeFields = { base: baseFields, added: addedFields };
