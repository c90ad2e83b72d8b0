import type { Call } from '../model/call.ts';
import { messagesOf } from '../model/outline.ts';
import { analysisJson } from './analysis.ts';
import { configOverrideJson, dynamicVariablesJson } from './blocks.ts';
import { metadataJson } from './metadata.ts';
import { turnJson } from './turn.ts';

/** A conversation as ElevenLabs' detail endpoint returns it; keys in the order of the recorded traffic. */
export function detailJson(call: Call) {
  const { outline } = call;
  const { agent } = outline;
  return {
    agent_id: agent.agentId,
    agent_name: agent.name,
    conversation_product: 'agent',
    status: outline.phase,
    user_id: outline.userId,
    branch_id: outline.branchId,
    version_id: outline.versionId,
    metadata: metadataJson(call),
    analysis: analysisJson(call),
    visited_agents: [{ agent_id: agent.agentId, branch_id: outline.branchId }],
    conversation_initiation_client_data: {
      conversation_config_override: configOverrideJson(call),
      custom_llm_extra_body: {},
      user_id: outline.userId,
      source_info: { source: outline.initiationSource, version: outline.initiationSourceVersion },
      branch_id: null,
      environment: null,
      starting_workflow_node_id: null,
      dynamic_variables: dynamicVariablesJson(call),
      tool_mock_config: { mocking_strategy: 'none', fallback_strategy: 'raise_error', mocked_tool_names: [] },
    },
    environment: 'production',
    hiding_reason: null,
    smb_metadata: null,
    conversation_id: outline.conversationId,
    has_audio: call.hasAudio,
    has_user_audio: call.hasUserAudio,
    has_response_audio: call.hasResponseAudio,
    has_auxiliary_audio: false,
    transcript: call.turns.map((turn, index) => turnJson(call, turn, index)),
    tag_ids: outline.tagIds,
    user_message_count: outline.isLiveShape ? messagesOf(outline).user : undefined,
    agent_message_count: outline.isLiveShape ? messagesOf(outline).agent : undefined,
    realtime_config_snapshots: null,
    otlp_traces: null,
  };
}
