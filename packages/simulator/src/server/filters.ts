import type { Call } from '../model/call.ts';
import type { Outline } from '../model/outline.ts';
import { toolIdOf } from '../model/newer-facts.ts';
import type { ToolResult } from '../model/types.ts';
import { toolNamesOf } from '../model/outline.ts';
import { compareValue, parseComparison } from './comparison.ts';
import type { QueryReader } from './query-reader.ts';
import { dynamicVariablesJson } from '../render/blocks.ts';

/** A filter in two halves: what the outline tells, which is cheap, and what only the whole call tells. */
export interface Filter {
  readonly matchesOutline: (outline: Outline) => boolean;
  readonly matchesCall: ((call: Call) => boolean) | null;
}

const statuses = ['initiated', 'in-progress', 'processing', 'done', 'failed'];
const isAnyOf = (wanted: readonly string[], values: readonly string[]) =>
  wanted.length === 0 || wanted.some((one) => values.includes(one));

function outlineFilter(query: QueryReader): Filter['matchesOutline'] {
  const tests: ((outline: Outline) => boolean)[] = [];
  const same = (name: string, read: (outline: Outline) => string | null) => {
    const wanted = query.text(name);
    if (wanted !== null) tests.push((outline) => read(outline) === wanted);
  };
  const among = (name: string, read: (outline: Outline) => readonly string[]) => {
    const wanted = query.list(name);
    if (wanted.length > 0) tests.push((outline) => isAnyOf(wanted, read(outline)));
  };
  const within = (minimum: number | null, maximum: number | null, read: (outline: Outline) => number | null) => {
    if (minimum === null && maximum === null) return;
    tests.push((outline) => {
      const value = read(outline);
      return value !== null && (minimum === null || value >= minimum) && (maximum === null || value <= maximum);
    });
  };
  same('agent_id', (outline) => outline.agent.agentId);
  same('branch_id', (outline) => outline.branchId);
  same('version_id', (outline) => outline.versionId);
  same('user_id', (outline) => outline.userId);
  same('conversation_initiation_source', (outline) => outline.initiationSource);
  // No call of the simulator is a subagent's.
  same('parent_conversation_id', () => null);
  among('main_languages', (outline) => [outline.language]);
  among('tag_ids', (outline) => outline.tagIds);
  among('topic_ids', (outline) => [outline.topicId]);
  among('termination_reasons', (outline) => [outline.terminationReason]);
  among('visited_agent_ids', (outline) => [outline.agent.agentId]);
  among('visited_agent_branch_ids', (outline) => [outline.branchId]);
  among('tool_names', toolNamesOf);
  within(
    query.integer('call_duration_min_secs'),
    query.integer('call_duration_max_secs'),
    (outline) => outline.durationSecs,
  );
  within(query.integer('rating_min'), query.integer('rating_max'), (outline) => outline.feedback.rating);
  const success = query.word('call_successful', ['success', 'failure', 'unknown', 'error']);
  if (success === 'error') tests.push((outline) => outline.phase === 'failed');
  else if (success !== null) tests.push((outline) => (outline.hasAnalysis ? outline.success : 'unknown') === success);
  const hasComment = query.boolean('has_feedback_comment');
  if (hasComment !== null) tests.push((outline) => (outline.feedback.comment !== null) === hasComment);
  const textOnly = query.boolean('text_only');
  if (textOnly !== null) tests.push((outline) => outline.isTextOnly === textOnly);
  const excluded = query.words('exclude_statuses', statuses);
  if (excluded.length > 0) tests.push((outline) => !excluded.includes(outline.phase));
  const product = query.word('conversation_product_type', ['agent', 'agents', 'speech_engine']);
  if (product === 'speech_engine') tests.push(() => false);
  return (outline) => tests.every((test) => test(outline));
}

function callFilter(query: QueryReader): Filter['matchesCall'] {
  const tests: ((call: Call) => boolean)[] = [];
  const evaluations = query.list('evaluation_params').map((param) => param.split(':'));
  for (const [id, result] of evaluations)
    tests.push((call) => call.analysis?.evaluations.some((row) => row.id === id && row.result === result) ?? false);
  for (const param of query.list('data_collection_params')) {
    const comparison = parseComparison(param);
    tests.push((call) =>
      compareValue(comparison, call.analysis?.dataPoints.find((point) => point.id === comparison.name)?.value ?? null),
    );
  }
  for (const param of query.list('dynamic_variable_params')) {
    const comparison = parseComparison(param);
    tests.push((call) => compareValue(comparison, dynamicVariablesJson(call)[comparison.name] ?? null));
  }
  const withInvalid = query.boolean('include_invalid_tool_calls') ?? false;
  const toolTest = (
    name: string,
    accept: (isError: boolean, wasCalled: boolean) => boolean,
    idOf: (result: ToolResult) => string = ({ name: toolName }) => toolName,
  ) => {
    const wanted = query.list(name);
    if (wanted.length === 0) return;
    tests.push((call) =>
      call.turns.some((turn) =>
        turn.results.some(
          (result) => wanted.includes(idOf(result)) && accept(result.isError, result.wasCalled || withInvalid),
        ),
      ),
    );
  };
  toolTest('tool_names', (_, wasCalled) => wasCalled);
  toolTest('tool_names_successful', (isError, wasCalled) => wasCalled && !isError);
  toolTest('tool_names_errored', (isError, wasCalled) => wasCalled && isError);
  toolTest('tool_ids', (_, wasCalled) => wasCalled, toolIdOf);
  toolTest('tool_ids_successful', (isError, wasCalled) => wasCalled && !isError, toolIdOf);
  toolTest('tool_ids_errored', (isError, wasCalled) => wasCalled && isError, toolIdOf);
  const among = (name: string, read: (call: Call) => string | null | undefined) => {
    const wanted = query.list(name);
    if (wanted.length > 0) tests.push((call) => wanted.includes(read(call) ?? ''));
  };
  among('phone_number_ids', (call) => call.phone?.phoneNumberId);
  // A WhatsApp conversation of the simulator does not tell its number.
  among('whatsapp_phone_number_ids', () => null);
  const search = query.text('search')?.toLowerCase();
  if (search !== undefined)
    tests.push((call) => call.turns.some((turn) => turn.message?.toLowerCase().includes(search) ?? false));
  const node = query.text('workflow_node_entered_id');
  if (node !== null) tests.push((call) => call.turns.some((turn) => turn.agent?.workflowNodeId === node));
  const guardrails = query.list('guardrail_types');
  if (guardrails.length > 0)
    tests.push((call) =>
      call.turns.some((turn) => turn.guardrails?.some(({ type }) => guardrails.includes(type)) ?? false),
    );
  const guardrailNames = query.list('custom_guardrail_names');
  if (guardrailNames.length > 0)
    tests.push((call) =>
      call.turns.some(
        (turn) => turn.guardrails?.some(({ name }) => name !== null && guardrailNames.includes(name)) ?? false,
      ),
    );
  return tests.length === 0 ? null : (call) => tests.every((test) => test(call));
}

/** Makes the filter of a query; complaints about its parameters stay with the reader. */
export function makeFilter(query: QueryReader): Filter {
  return { matchesOutline: outlineFilter(query), matchesCall: callFilter(query) };
}
