import type { JsonObject, ToolCall } from '../types.ts';
import { drawRequestId, makeResult, paramsOf, systemOutcome, type Tool, type ToolContext } from './tool.ts';

interface SystemTool {
  readonly key: string;
  readonly name: string;
  readonly resultType: string;
  readonly params?: (context: ToolContext) => JsonObject;
  readonly fields: (context: ToolContext) => JsonObject;
  readonly isError?: true;
}

const table: readonly SystemTool[] = [
  {
    key: 'end_call',
    name: 'end_call',
    resultType: 'end_call_success',
    params: () => ({ reason: 'The caller said goodbye.' }),
    fields: ({ slots }) => ({
      status: 'success',
      reason: 'The caller said goodbye.',
      message: `Goodbye, ${slots.name}.`,
    }),
  },
  {
    key: 'language_detection',
    name: 'language_detection',
    resultType: 'language_detection_success',
    params: () => ({ language: 'de' }),
    fields: () => ({ status: 'success', reason: 'The caller changed the language.', language: 'de' }),
  },
  {
    key: 'transfer_to_agent',
    name: 'transfer_to_agent',
    resultType: 'transfer_to_agent_success',
    params: () => ({ agent_number: 1, reason: 'contract question' }),
    fields: ({ agent }) => ({
      status: 'success',
      from_agent: agent.agentId,
      to_agent: `${agent.agentId.slice(0, -2)}zz`,
      to_node: null,
      condition: 'The caller asks about contracts.',
      delay_ms: 0,
      transfer_message: null,
      enable_transferred_agent_first_message: true,
      branch_info: { branch_reason: 'traffic_split', branch_id: agent.branchIds[0], traffic_percentage: 60 },
      preserve_client_tts_overrides: false,
      preserve_voice_settings: false,
    }),
  },
  {
    key: 'transfer_to_agent_error',
    name: 'transfer_to_agent',
    resultType: 'transfer_to_agent_error',
    isError: true,
    params: () => ({ agent_number: 9 }),
    fields: ({ agent }) => ({
      status: 'error',
      from_agent: agent.agentId,
      error: 'No transfer is configured for agent 9.',
    }),
  },
  {
    key: 'transfer_to_number_twilio',
    name: 'transfer_to_number',
    resultType: 'transfer_to_number_twilio_success',
    params: () => ({ transfer_number: '+442079460000', reason: 'wants a person' }),
    fields: ({ slots }) => ({
      status: 'success',
      transfer_number: '+442079460000',
      reason: 'wants a person',
      client_message: 'I am connecting you.',
      agent_message: `${slots.name} about ${slots.ticket}.`,
      conference_name: `conf-${slots.ticket}`,
      post_dial_digits: null,
      note: null,
    }),
  },
  {
    key: 'transfer_to_number_sip',
    name: 'transfer_to_number',
    resultType: 'transfer_to_number_sip_success',
    params: () => ({ transfer_number: 'sip:sales@example.com' }),
    fields: () => ({ status: 'success', transfer_number: 'sip:sales@example.com', reason: null, note: null }),
  },
  {
    key: 'transfer_to_number_exotel',
    name: 'transfer_to_number',
    resultType: 'transfer_to_number_exotel_success',
    params: () => ({ transfer_number: '+912249460000' }),
    fields: () => ({
      status: 'success',
      transfer_number: '+912249460000',
      reason: 'wants a person',
      agent_message: null,
      note: null,
    }),
  },
  {
    key: 'transfer_to_number_amazon',
    name: 'transfer_to_number',
    resultType: 'transfer_to_number_amazon_connect_success',
    fields: () => ({ status: 'success', reason: 'supervisor', client_message: null, note: 'escalation' }),
  },
  {
    key: 'transfer_to_number_error',
    name: 'transfer_to_number',
    resultType: 'transfer_to_number_error',
    isError: true,
    params: () => ({ transfer_number: '+442079460009' }),
    fields: () => ({ status: 'error', error: 'The number is not configured.', details: null }),
  },
  {
    key: 'skip_turn',
    name: 'skip_turn',
    resultType: 'skip_turn_success',
    params: () => ({ reason: 'The caller asked for a moment.' }),
    fields: () => ({ status: 'success', reason: 'The caller asked for a moment.' }),
  },
  {
    key: 'play_dtmf',
    name: 'play_keypad_touch_tone',
    resultType: 'play_dtmf_success',
    params: () => ({ dtmf_tones: '3#' }),
    fields: () => ({ status: 'success', dtmf_tones: '3#', reason: 'menu' }),
  },
  {
    key: 'play_dtmf_error',
    name: 'play_keypad_touch_tone',
    resultType: 'play_dtmf_error',
    isError: true,
    params: () => ({ dtmf_tones: 'x' }),
    fields: () => ({ status: 'error', error: 'Unknown tone x.', details: 'Allowed are 0-9, *, #.' }),
  },
  {
    key: 'voicemail',
    name: 'voicemail_detection',
    resultType: 'voicemail_detection_success',
    fields: ({ slots }) => ({
      status: 'success',
      voicemail_message: `Hello ${slots.name}, we will call again on ${slots.date}.`,
      reason: 'A recorded greeting was heard.',
    }),
  },
  {
    key: 'knowledge_base_rag',
    name: 'search_knowledge_base',
    resultType: 'knowledge_base_rag_success',
    params: ({ slots }) => ({ query: slots.product }),
    fields: ({ slots }) => ({
      status: 'success',
      chunk_count: 1,
      message: null,
      chunks: [
        {
          chunk_id: 'chunk_terms_4',
          document_id: 'doc_terms',
          content: `The ${slots.product} can be returned within thirty days.`,
        },
      ],
    }),
  },
  {
    key: 'knowledge_base',
    name: 'search_knowledge_base',
    resultType: 'knowledge_base_success',
    params: () => ({ query: 'warranty' }),
    fields: () => ({ status: 'success', chunk_count: 2, message: null }),
  },
  {
    key: 'start_procedure',
    name: 'start_procedure',
    resultType: 'start_procedure_success',
    params: () => ({ name: 'identity check' }),
    fields: ({ agent }) => ({
      status: 'success',
      procedure_id: 'proc_identity',
      procedure_name: 'identity check',
      procedure_entry_workflow_node: agent.nodeIds[1],
      procedure_return_workflow_node: agent.nodeIds[0],
      message: null,
    }),
  },
  {
    key: 'start_procedure_error',
    name: 'start_procedure',
    resultType: 'start_procedure_error',
    isError: true,
    params: () => ({ name: 'address change' }),
    fields: () => ({ status: 'not_found', procedure_id: null, message: 'There is no such procedure.' }),
  },
  {
    key: 'end_procedure',
    name: 'end_procedure',
    resultType: 'end_procedure_success',
    fields: () => ({
      status: 'success',
      procedure_id: 'proc_identity',
      procedure_name: 'identity check',
      message: 'finished',
    }),
  },
  {
    key: 'end_procedure_error',
    name: 'end_procedure',
    resultType: 'end_procedure_error',
    isError: true,
    fields: () => ({ status: 'invalid_id', procedure_id: 'proc_none', message: 'No such procedure is active.' }),
  },
  {
    key: 'testing_tool',
    name: 'run_test',
    resultType: 'testing_tool_result',
    fields: () => ({ status: 'success', reason: 'Skipping tool call in test mode' }),
  },
  { key: 'dummy_tool', name: 'dummy', resultType: 'dummy', fields: () => ({}) },
];

/** The platform's own tools: together they give every known type of result. */
export const systemTools: readonly Tool[] = table.map((tool) => ({
  key: tool.key,
  name: tool.name,
  use: (context) => {
    const { random } = context;
    const call: ToolCall = {
      requestId: drawRequestId(random),
      name: tool.name,
      type: 'system',
      params: paramsOf(tool.params?.(context) ?? {}),
      wasCalled: true,
      details: null,
    };
    const isError = tool.isError ?? false;
    const result = makeResult(call, random, systemOutcome(tool.resultType, tool.fields(context)), {
      isError,
      errorType: isError ? 'system_tool_error' : null,
      errorMessage: isError ? `${tool.name} failed` : null,
    });
    return { call, result };
  },
}));
