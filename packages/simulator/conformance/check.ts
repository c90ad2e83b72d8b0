/*
 * Lists and reads the simulator's conversations with the vendor's own SDK and compares what the SDK gives with the
 * facts. Prints one line of JSON for each finding and a summary; exits 1 on any finding.
 */
import { ElevenLabs, ElevenLabsClient, ElevenLabsError } from '@elevenlabs/elevenlabs-js';
// A CommonJS folder without an export of its own: the path is part of what 2.73.0 ships.
import serialization from '@elevenlabs/elevenlabs-js/serialization/index.js';
import { startSimulator } from '../src/index.ts';

const endUnixSecs = 1_780_000_000;
const findings: object[] = [];
let checks = 0;

function expect(what: string, actual: unknown, wanted: unknown): void {
  checks += 1;
  if (JSON.stringify(actual) !== JSON.stringify(wanted)) findings.push({ what, actual, wanted });
}

await using simulator = await startSimulator({
  seed: 'conformance',
  conversationCount: 400,
  agentCount: 5,
  startUnixSecs: endUnixSecs - 86_400,
  endUnixSecs,
  // The newest calls are still running or being processed.
  nowMs: () => (endUnixSecs + 20) * 1000,
});
// One attempt and no retries: a retry would hide an error.
const options = { baseUrl: simulator.url, maxRetries: 0, timeoutInSeconds: 20 };
const client = new ElevenLabsClient({ ...options, apiKey: simulator.apiKey ?? '' });
const { conversations } = client.conversationalAi;

type ListRequest = NonNullable<Parameters<typeof conversations.list>[0]>;
type Filters = NonNullable<NonNullable<Parameters<typeof simulator.truths>[0]>['filters']>;

async function listedIds(request: ListRequest): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await conversations.list({ ...request, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...page.conversations.map((row) => row.conversationId));
    if (!page.hasMore) return ids;
    cursor = page.nextCursor;
  }
}

async function trueIds(filters: Filters): Promise<string[]> {
  const ids: string[] = [];
  for await (const rows of simulator.truths({ filters })) ids.push(String(rows.conversations['conversation_id']));
  return ids.toReversed();
}

const agentId = String(simulator.truth(simulator.conversationIdAt(3))?.conversations['agent_id']);
const cases: readonly (readonly [name: string, request: ListRequest, filters: Filters])[] = [
  ['everything', { pageSize: 100 }, {}],
  ['small pages', { pageSize: 7 }, {}],
  ['one agent', { agentId, pageSize: 20 }, { agent_id: agentId }],
  ['success', { callSuccessful: 'success' }, { call_successful: 'success' }],
  ['tools', { toolNames: ['lookup_order', 'create_ticket'] }, { tool_names: ['lookup_order', 'create_ticket'] }],
  ['tools that failed', { toolNamesErrored: ['lookup_order'] }, { tool_names_errored: ['lookup_order'] }],
  ['languages', { mainLanguages: ['de', 'ja'] }, { main_languages: ['de', 'ja'] }],
  ['statuses', { excludeStatuses: ['done', 'failed'] }, { exclude_statuses: ['done', 'failed'] }],
  ['ratings', { ratingMin: 4 }, { rating_min: 4 }],
  ['comments', { hasFeedbackComment: true }, { has_feedback_comment: true }],
  ['text only', { textOnly: true }, { text_only: true }],
  [
    'durations',
    { callDurationMinSecs: 60, callDurationMaxSecs: 120 },
    { call_duration_min_secs: 60, call_duration_max_secs: 120 },
  ],
  ['evaluations', { evaluationParams: ['polite_tone:failure'] }, { evaluation_params: ['polite_tone:failure'] }],
  [
    'data collection',
    { dataCollectionParams: ['contacts_before:gte:3'] },
    { data_collection_params: ['contacts_before:gte:3'] },
  ],
  ['search', { search: 'router' }, { search: 'router' }],
];
for (const [name, request, filters] of cases) expect(`ids: ${name}`, await listedIds(request), await trueIds(filters));
expect('ascending', await listedIds({ sortDirection: 'asc' }), (await trueIds({})).toReversed());
expect(
  'time bounds',
  await listedIds({ callStartAfterUnix: endUnixSecs - 40_000, callStartBeforeUnix: endUnixSecs - 20_000 }),
  (await trueIds({})).filter((id) => {
    const startedAt = Date.parse(String(simulator.truth(id)?.conversations['started_at'])) / 1000;
    return startedAt >= endUnixSecs - 40_000 && startedAt <= endUnixSecs - 20_000;
  }),
);

const row = (
  await conversations.list({
    pageSize: 1,
    summaryMode: 'include',
    dataCollectionIds: ['amount'],
    evaluationCriteriaIds: ['polite_tone'],
    excludeStatuses: ['initiated', 'in-progress', 'processing'],
  })
).conversations[0];
expect('row: summary asked for', typeof row?.transcriptSummary, 'string');
expect('row: data collection asked for', row?.dataCollectionResults !== undefined, true);

/**
 * What live traffic or the older reference has and the SDK's types do not: everything else that the SDK does not know
 * is a finding.
 */
const beyondTheTypes = new Set([
  'hiding_reason',
  'whatsapp_business_account_id',
  'smb_metadata',
  'realtime_config_snapshots',
  'sentiment_analysis',
  'tool_mock_config',
  'initiation_trigger',
  'analysis',
  'config_snapshot_id',
  // Of the Python SDK's 2.78, newer than the one that is pinned here.
  'created_at_unix_ms',
  'voice_surcharge_charge',
  'user_message_count',
  'guardrail_details',
  'execution_mode',
  'agent_message_count',
]);

for await (const rows of simulator.truths()) {
  const id = String(rows.conversations['conversation_id']);
  const detail = await conversations.get(id);
  const { conversations: wanted } = rows;
  const read = {
    conversation_id: detail.conversationId,
    agent_id: detail.agentId,
    agent_name: detail.agentName,
    status: detail.status,
    user_id: detail.userId ?? null,
    duration_secs: detail.metadata.callDurationSecs,
    started_at: new Date(detail.metadata.startTimeUnixSecs * 1000).toISOString(),
    cost_credits: detail.metadata.cost ?? null,
    cost_usd: detail.metadata.costFiat ?? null,
    llm_cost_usd: detail.metadata.charging?.llmPrice ?? null,
    tts_model: detail.metadata.charging?.ttsUsage?.primaryTtsModel ?? null,
    termination_reason: detail.metadata.terminationReason,
    error_code: detail.metadata.error?.code ?? null,
    main_language: detail.metadata.mainLanguage,
    rating: detail.metadata.feedback?.rating ?? null,
    // Without an analysis only the list row tells, and it says so.
    call_successful: detail.analysis?.callSuccessful ?? 'unknown',
    summary: detail.analysis?.transcriptSummary ?? null,
    phone_provider: detail.metadata.phoneCall?.type ?? null,
    batch_call_id: detail.metadata.batchCall?.batchCallId ?? null,
    whatsapp_user_id: detail.metadata.whatsapp?.whatsappUserId ?? null,
    has_audio: detail.hasAudio,
    tag_ids: detail.tagIds,
    turn_count: detail.transcript.length,
  };
  for (const [column, value] of Object.entries(read)) expect(`${id} ${column}`, value, wanted[column]);
  expect(
    `${id} turns`,
    detail.transcript.map((turn) => [turn.role, turn.message ?? null, turn.timeInCallSecs]),
    rows.transcript_turns.map((turn) => [turn['role'], turn['message'], turn['time_in_call_secs']]),
  );
  expect(
    `${id} tool calls`,
    detail.transcript.flatMap((turn) =>
      (turn.toolCalls ?? []).map((call) => [call.requestId, call.toolName, call.type ?? null]),
    ),
    rows.tool_calls
      .filter((call) => call['depth'] === 0)
      .map((call) => [call['request_id'], call['tool_name'], call['tool_type']]),
  );
  expect(
    `${id} tool results`,
    detail.transcript.flatMap((turn) =>
      (turn.toolResults ?? []).map((result) => [result.requestId, result.resultValue, result.isError]),
    ),
    rows.tool_results
      .filter((result) => result['depth'] === 0)
      .map((result) => [result['request_id'], result['result_text'], result['is_error']]),
  );
  expect(
    `${id} evaluations`,
    Object.values(detail.analysis?.evaluationCriteriaResults ?? {}).map((one) => [
      one.criteriaId,
      one.result,
      one.score ?? null,
    ]),
    rows.evaluation_results.map((one) => [one['criteria_id'], one['result'], one['score']]),
  );

  // The client above already validates, leniently; here unknown keys, enum values and union members count too.
  const response = await fetch(`${simulator.url}/v1/convai/conversations/${id}`, {
    headers: { 'xi-api-key': simulator.apiKey ?? '' },
  });
  const strict = serialization.GetConversationResponseModel.parse(await response.json(), {
    unrecognizedObjectKeys: 'fail',
  });
  checks += 1;
  if (!strict.ok)
    for (const error of strict.errors) {
      const key = /Unexpected key "(\w+)"/.exec(error.message)?.[1];
      const isTool = error.path.some((part) => part.startsWith('tool_') || part.startsWith('[tool'));
      // The older, flat shape of the turn metrics is not in the types either.
      const isKnown =
        key !== undefined &&
        (beyondTheTypes.has(key) || (key.startsWith('convai_') && error.path.includes('conversation_turn_metrics')));
      if (!isTool && !isKnown)
        findings.push({ what: `${id} strict`, path: error.path.join('.'), message: error.message });
    }
}

/** What conversations name, as the SDK lists it, against the truth of each table. */
async function allPages<Item>(
  ask: (cursor: string | undefined) => Promise<{ items: readonly Item[]; next: string | undefined }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}

const { agents, tools, phoneNumbers, batchCalls } = client.conversationalAi;
const entities = simulator.trueEntities();
const column = (table: string, name: string): unknown[] => (entities[table] ?? []).map((one) => one[name]);

const listedAgents = await allPages(async (cursor) => {
  const page = await agents.list({ pageSize: 2, ...(cursor === undefined ? {} : { cursor }) });
  return { items: page.agents, next: page.hasMore ? page.nextCursor : undefined };
});
expect(
  'agents',
  listedAgents.map(({ agentId: id }) => id),
  column('agents', 'agent_id'),
);
expect(
  'agents: names',
  listedAgents.map(({ name }) => name),
  column('agents', 'name'),
);
const prompts: unknown[] = [];
const criteria: unknown[] = [];
const branches: unknown[] = [];
for (const { agentId: id } of listedAgents) {
  const agent = await agents.get(id);
  prompts.push(agent.conversationConfig.agent?.prompt?.prompt);
  criteria.push(...(agent.platformSettings?.evaluation?.criteria ?? []).map((criterion) => criterion.id));
  const { results } = await agents.branches.list(id);
  branches.push(...results.map((branch) => [branch.id, branch.name, branch.currentLivePercentage]));
}
expect('agents: prompts', prompts, column('agents', 'prompt'));
expect('criteria', criteria, column('evaluation_criteria', 'criteria_id'));
expect(
  'branches',
  branches,
  (entities['agent_branches'] ?? []).map((one) => [one['branch_id'], one['name'], one['traffic_percent']]),
);
const versions: unknown[] = [];
for (const one of entities['agent_versions'] ?? [])
  versions.push((await agents.versions.get(String(one['agent_id']), String(one['version_id']))).seqNoInBranch);
expect('versions', versions, column('agent_versions', 'sequence_number'));
const listedTools = await allPages(async (cursor) => {
  const page = await tools.list({ pageSize: 5, ...(cursor === undefined ? {} : { cursor }) });
  return { items: page.tools, next: page.hasMore ? page.nextCursor : undefined };
});
expect(
  'tools',
  listedTools.map(({ id }) => id),
  column('tools', 'tool_id'),
);
const listedTags = await allPages(async (cursor) => {
  const page = await conversations.tags.list({ pageSize: 3, ...(cursor === undefined ? {} : { cursor }) });
  return { items: page.conversationTags, next: page.hasMore ? page.nextCursor : undefined };
});
expect(
  'tags',
  listedTags.map(({ tagId, title }) => [tagId, title]),
  (entities['tags'] ?? []).map((one) => [one['tag_id'], one['name']]),
);
const listedNumbers = await allPages(async (cursor) => {
  const page = await phoneNumbers.listV2({ pageSize: 2, ...(cursor === undefined ? {} : { cursor }) });
  return { items: page.phoneNumbers, next: page.hasMore === true ? page.nextCursor : undefined };
});
expect(
  'phone numbers',
  listedNumbers.map(({ label }) => label),
  column('phone_numbers', 'label'),
);
const listedBatches = await allPages(async (lastDoc) => {
  const page = await batchCalls.list({ limit: 1, ...(lastDoc === undefined ? {} : { lastDoc }) });
  return { items: page.batchCalls, next: page.hasMore === true ? page.nextDoc : undefined };
});
expect(
  'batch calls',
  listedBatches.map(({ id }) => id),
  column('batch_calls', 'batch_call_id'),
);

async function errorOf(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action();
    return null;
  } catch (error) {
    return error;
  }
}

const stranger = new ElevenLabsClient({ ...options, apiKey: 'wrong' }).conversationalAi.conversations;
const statusOf = (error: unknown) => (error instanceof ElevenLabsError ? error.statusCode : String(error));
const newest = simulator.conversationIdAt(100);
expect('401 for a wrong key', statusOf(await errorOf(() => stranger.list())), 401);
expect('404 for an unknown conversation', statusOf(await errorOf(() => conversations.get('conv_unknown'))), 404);
expect('400 for a page of 101', statusOf(await errorOf(() => conversations.list({ pageSize: 101 }))), 400);
expect('400 for a made-up cursor', statusOf(await errorOf(() => conversations.list({ cursor: 'made-up' }))), 400);
const unprocessable = await errorOf(() => conversations.list({ pageSize: 'ten' as unknown as number }));
expect('422 has its own class', unprocessable instanceof ElevenLabs.UnprocessableEntityError, true);
simulator.setLimits({ requestsInFlightMax: 0 });
expect('429 above the limit', statusOf(await errorOf(() => conversations.list())), 429);
simulator.setLimits({ requestsInFlightMax: null });

await conversations.feedback.create(newest, { feedback: 'dislike' });
expect('feedback is kept', (await conversations.get(newest)).metadata.feedback?.overallScore, 'dislike');
await conversations.delete(newest);
expect('a deleted conversation is gone', statusOf(await errorOf(() => conversations.get(newest))), 404);

for (const finding of findings.slice(0, 20)) process.stdout.write(`${JSON.stringify(finding)}\n`);
process.stdout.write(`${JSON.stringify({ conversations: simulator.count(), checks, findings: findings.length })}\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
