import { summaryOf, titleOf } from '../model/analysis.ts';
import { messagesOf, toolNamesOf, type Outline } from '../model/outline.ts';
import { sentimentJson } from './blocks.ts';

/** A conversation as a row of ElevenLabs' list, explicit nulls included. */
export function rowJson(outline: Outline, withSummary: boolean) {
  const toolNames = toolNamesOf(outline);
  const known = outline.hasAnalysis;
  const messages = messagesOf(outline);
  return {
    agent_id: outline.agent.agentId,
    branch_id: outline.branchId,
    version_id: outline.versionId,
    agent_name: outline.agent.name,
    conversation_id: outline.conversationId,
    start_time_unix_secs: outline.startUnixSecs,
    call_duration_secs: outline.durationSecs,
    message_count: messages.user + messages.agent,
    user_message_count: outline.isLiveShape ? messages.user : undefined,
    agent_message_count: outline.isLiveShape ? messages.agent : undefined,
    status: outline.phase,
    termination_reason: outline.terminationReason,
    call_successful: known ? outline.success : 'unknown',
    call_success_score: known ? outline.successScore : null,
    transcript_summary: withSummary && known ? summaryOf(outline) : null,
    call_summary_title: known ? titleOf(outline) : null,
    main_language: outline.language,
    conversation_initiation_source: outline.initiationSource,
    tool_names: toolNames.length === 0 ? null : toolNames,
    direction: outline.direction,
    rating: outline.feedback.rating,
    sentiment_analysis: known ? sentimentJson(outline) : null,
    tag_ids: outline.tagIds,
  };
}
