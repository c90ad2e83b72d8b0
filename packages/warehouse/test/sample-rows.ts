import {
  agentEvaluations,
  type ConversationRows,
  conversations,
  dataCollectionResults,
  dynamicVariableUpdates,
  evaluationResults,
  guardrailTriggers,
  llmUsage,
  ragChunks,
  type RowOf,
  type Table,
  toolCalls,
  toolResultChunks,
  toolResults,
  transcriptTurns,
  turnMetrics,
} from '@voxport/mapping';

/** A row of a table from the cells that matter; the others are null. */
export function rowOf<T extends Table>(table: T, cells: Partial<RowOf<T>>): RowOf<T> {
  // Every column of the table is there, which the compiler cannot see through fromEntries.
  const empty = Object.fromEntries(Object.keys(table.columns).map((column) => [column, null])) as RowOf<T>;
  return { ...empty, ...cells };
}

/** Rows of a conversation without children. */
export function emptyRows(
  sourceId: string,
  conversationId: string,
  cells: Partial<RowOf<typeof conversations>> = {},
): ConversationRows {
  return {
    conversation: rowOf(conversations, { source_id: sourceId, conversation_id: conversationId, ...cells }),
    transcriptTurns: [],
    toolCalls: [],
    toolResults: [],
    dynamicVariableUpdates: [],
    llmUsage: [],
    turnMetrics: [],
    ragChunks: [],
    evaluationResults: [],
    dataCollectionResults: [],
    guardrailTriggers: [],
    toolResultChunks: [],
    agentEvaluations: [],
  };
}

/**
 * Rows of a call as large as real ones are: for 20 turns some 10 kB of text and 130 rows.
 * `mark` goes into the texts: equal marks, equal rows.
 */
export function sampleRows(
  sourceId: string,
  conversationId: string,
  options: { turns?: number; mark?: string } = {},
): ConversationRows {
  const { turns = 20, mark = 'first' } = options;
  const key = { source_id: sourceId, conversation_id: conversationId };
  const startedAtMs = Date.UTC(2026, 5, 24, 21, 26, 19);
  const at = (secs: number) => new Date(startedAtMs + secs * 1000).toISOString();
  const indexes = Array.from({ length: turns }, (_, index) => index);
  const agentTurns = indexes.filter((index) => index % 2 === 1);
  const toolTurns = agentTurns.filter((index) => index % 6 === 5);
  const tokens = {
    input_tokens: 4321,
    input_cost_usd: 0.00064815,
    cache_read_tokens: 1024,
    cache_read_cost_usd: 0.0000384,
    cache_write_tokens: 0,
    cache_write_cost_usd: 0,
    output_tokens: 87,
    output_cost_usd: 0.0000522,
    total_cost_usd: 0.00073875,
  };
  return {
    conversation: rowOf(conversations, {
      ...key,
      agent_id: 'agent_0201kvxr60szf29bwnabbqys83cw',
      agent_name: 'Front desk',
      branch_id: 'agtbrch_8801kvxr61esedrbvg4vcweykdxs',
      version_id: 'agtvrsn_2301kvxr61hsf41s6mpna629p36p',
      environment: 'production',
      product: 'agent',
      status: 'done',
      started_at: at(0),
      accepted_at: at(1),
      ended_at: at(187),
      duration_secs: 187,
      message_count: turns,
      turn_count: turns,
      direction: 'inbound',
      initiation_source: 'twilio',
      main_language: 'en',
      text_only: false,
      termination_reason: 'end_call tool was called',
      warnings: ['a "quoted" warning', 'C:\\path, {braces}', ''],
      call_successful: 'success',
      summary_title: 'Moves an appointment',
      summary: `The caller asked to move an appointment to Thursday; the agent found a free slot and confirmed it. ${mark}`,
      rating: 4.5,
      likes: 1,
      dislikes: 0,
      cost_credits: 1870,
      cost_usd: 0.187,
      llm_cost_usd: 0.00739,
      llm_credits: 74,
      call_credits: 1796,
      pricing_tier: 'pro',
      tts_model: 'eleven_flash_v2',
      tts_characters: 2310,
      tts_audio_secs: 141.7396875,
      phone_provider: 'twilio',
      agent_number: '+15550100',
      external_number: '+15550199',
      has_audio: true,
      tag_ids: [],
      tool_names: toolTurns.length > 0 ? ['find_slot'] : [],
      dynamic_variables: JSON.stringify({ customer: 'Zoë "Z" Ω', plan: 'gold', system__agent_turns: 10 }),
      features_usage: JSON.stringify(
        Object.fromEntries(
          Array.from({ length: 14 }, (_, index) => [`feature_${index}`, { enabled: index % 2 === 0, used: false }]),
        ),
      ),
    }),
    transcriptTurns: indexes.map((index) =>
      rowOf(transcriptTurns, {
        ...key,
        turn_index: index,
        role: index % 2 === 0 ? 'user' : 'agent',
        message: `Turn ${index} ${mark}: "I would like to move my appointment", she said; it's about as long as spoken turns are, äöü.`,
        time_in_call_secs: index * 9,
        said_at: at(index * 9),
        interrupted: false,
        source_medium: 'audio',
        agent_id: 'agent_0201kvxr60szf29bwnabbqys83cw',
        tool_call_count: 0,
        tool_result_count: 0,
      }),
    ),
    toolCalls: toolTurns.map((index) =>
      rowOf(toolCalls, {
        ...key,
        turn_index: index,
        call_index: 0,
        request_id: `req_${index}`,
        tool_name: 'find_slot',
        tool_type: 'webhook',
        params: '{"day": "Thursday", "note": "a \\"quote\\""}',
        params_text: '{"day": "Thursday", "note": "a \\"quote\\""}',
        was_called: true,
        is_routing: false,
        depth: 0,
        details: JSON.stringify({
          method: 'POST',
          url: 'https://example.com/slots',
          headers: { authorization: '[redacted]' },
        }),
      }),
    ),
    toolResults: toolTurns.map((index) =>
      rowOf(toolResults, {
        ...key,
        turn_index: index,
        result_index: 0,
        depth: 0,
        request_id: `req_${index}`,
        tool_name: 'find_slot',
        tool_type: 'webhook',
        is_routing: false,
        result_text: JSON.stringify({ slots: Array.from({ length: 12 }, (_, slot) => `2026-06-25T${10 + slot}:00`) }),
        is_error: false,
        was_called: true,
        latency_secs: 0.4123,
      }),
    ),
    dynamicVariableUpdates: toolTurns.map((index) =>
      rowOf(dynamicVariableUpdates, {
        ...key,
        turn_index: index,
        result_index: 0,
        update_index: 0,
        variable_name: 'slot',
        new_value: '2026-06-25T10:00',
        updated_at: at(index * 9),
      }),
    ),
    llmUsage: [
      ...(['call_initiated', 'call_irreversible'] as const).map((scope) =>
        rowOf(llmUsage, { ...key, scope, turn_index: -1, model: 'gemini-2.5-flash', ...tokens }),
      ),
      ...agentTurns.map((index) =>
        rowOf(llmUsage, { ...key, scope: 'turn', turn_index: index, model: 'gemini-2.5-flash', ...tokens }),
      ),
    ],
    turnMetrics: indexes.flatMap((index) =>
      (index % 2 === 0
        ? ['convai_asr_trailing_service_latency']
        : [
            'convai_llm_service_ttfb',
            'convai_llm_service_ttf_sentence',
            'convai_llm_service_tt_last_sentence',
            'convai_tts_service_ttfb',
            'convai_ttf_audio_since_silence',
          ]
      ).map((metric, position) =>
        rowOf(turnMetrics, { ...key, turn_index: index, metric, elapsed_secs: 0.1160704579961 + position / 10 }),
      ),
    ),
    ragChunks: agentTurns
      .filter((index) => index % 10 === 1)
      .map((index) =>
        rowOf(ragChunks, {
          ...key,
          turn_index: index,
          chunk_index: 0,
          document_id: 'doc_1',
          chunk_id: 'chunk_7',
          vector_distance: 0.31,
        }),
      ),
    evaluationResults: ['greeted', 'solved'].map((criteria) =>
      rowOf(evaluationResults, {
        ...key,
        criteria_id: criteria,
        result: 'success',
        rationale: `The agent did so in its first sentence. ${mark}`,
      }),
    ),
    dataCollectionResults: ['day', 'count'].map((id) =>
      rowOf(dataCollectionResults, {
        ...key,
        data_collection_id: id,
        value: id === 'day' ? '"Thursday"' : '3',
        value_text: id === 'day' ? 'Thursday' : '3',
        value_number: id === 'day' ? null : 3,
        value_type: id === 'day' ? 'string' : 'number',
      }),
    ),
    guardrailTriggers: agentTurns
      .filter((index) => index % 10 === 3)
      .map((index) =>
        rowOf(guardrailTriggers, {
          ...key,
          turn_index: index,
          trigger_index: 0,
          guardrail_type: 'profanity',
          execution_mode: 'streaming',
          score: 0.93,
        }),
      ),
    toolResultChunks: toolTurns.map((index) =>
      rowOf(toolResultChunks, {
        ...key,
        turn_index: index,
        result_index: 0,
        chunk_index: 0,
        document_id: 'doc_2',
        chunk_id: 'chunk_3',
        content: `Opening hours ${mark}`,
      }),
    ),
    agentEvaluations: [
      rowOf(agentEvaluations, {
        ...key,
        scope_index: 0,
        scope: 'agent',
        agent_id: 'agent_0201kvxr60szf29bwnabbqys83cw',
        call_successful: 'success',
        success_score: 1,
        evaluation_results: JSON.stringify({ greeted: { result: 'success', score: 3, max_score: 5 } }),
      }),
    ],
  };
}
