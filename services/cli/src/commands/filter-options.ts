import { TerminalFailure, type ListFilters } from '@voxport/domain';
import {
  filterKinds,
  filterNames,
  parseListFilters,
  unsupportedFilters,
  type FilterKind,
} from '@voxport/source/filters';
import type { SourceConfig } from '@voxport/runtime';
import { Option, type Command } from 'commander';
import { UsageError } from '../usage-error.ts';

/** How a filter is given on the command line: the name of its option, what it takes, and what it means. */
interface FilterOption {
  readonly flag: string;
  readonly takes: string;
  readonly help: string;
}

/** An option for every filter, by the vendor's parameter name; the type makes a forgotten one a compile error. */
export const filterOptions: Readonly<Record<keyof ListFilters, FilterOption>> = {
  agent_id: { flag: 'agent', takes: 'id', help: 'of one agent' },
  branch_id: { flag: 'branch', takes: 'id', help: 'of one branch of an agent' },
  version_id: { flag: 'agent-version', takes: 'id', help: 'of one version of an agent' },
  user_id: { flag: 'user', takes: 'id', help: 'of one user' },
  parent_conversation_id: { flag: 'parent-conversation', takes: 'id', help: 'held by subagents of this one' },
  call_successful: { flag: 'success', takes: 'word', help: 'judged success, failure, unknown or error' },
  call_duration_min_secs: { flag: 'min-duration', takes: 'secs', help: 'that took this long or longer' },
  call_duration_max_secs: { flag: 'max-duration', takes: 'secs', help: 'that took no longer than this' },
  rating_min: { flag: 'min-rating', takes: '1-5', help: 'rated this or better' },
  rating_max: { flag: 'max-rating', takes: '1-5', help: 'rated this or worse' },
  has_feedback_comment: { flag: 'has-feedback-comment', takes: 'true|false', help: 'with a comment of the caller' },
  evaluation_params: { flag: 'evaluation', takes: 'criterion:result', help: 'evaluated so, e.g. greeting:success' },
  evaluation_criteria_ids: { flag: 'list-evaluation', takes: 'criterion', help: 'lists this result with each row' },
  data_collection_params: {
    flag: 'data-collection',
    takes: 'id:op:value',
    help: 'that collected this, e.g. age:gt:30',
  },
  data_collection_ids: { flag: 'list-data-collection', takes: 'id', help: 'lists this value with each row' },
  dynamic_variable_params: { flag: 'dynamic-variable', takes: 'name:op:value', help: 'with this variable' },
  data_collection_filter: {
    flag: 'data-collection-filter',
    takes: 'expression',
    help: "whose collected data fit this expression of the vendor's",
  },
  dynamic_variable_filter: {
    flag: 'dynamic-variable-filter',
    takes: 'expression',
    help: "whose variables fit this expression of the vendor's",
  },
  tool_names: { flag: 'tool', takes: 'name', help: 'that called this tool' },
  tool_names_successful: { flag: 'tool-successful', takes: 'name', help: 'in which this tool succeeded' },
  tool_names_errored: { flag: 'tool-errored', takes: 'name', help: 'in which this tool failed' },
  tool_ids: { flag: 'tool-id', takes: 'id', help: 'that called the tool of this id' },
  tool_ids_successful: { flag: 'tool-id-successful', takes: 'id', help: 'in which the tool of this id succeeded' },
  tool_ids_errored: { flag: 'tool-id-errored', takes: 'id', help: 'in which the tool of this id failed' },
  include_invalid_tool_calls: {
    flag: 'include-invalid-tool-calls',
    takes: 'true|false',
    help: 'counts tool calls that never ran',
  },
  phone_number_ids: { flag: 'phone-number-id', takes: 'id', help: 'over this phone number' },
  whatsapp_phone_number_ids: { flag: 'whatsapp-phone-number-id', takes: 'id', help: 'over this WhatsApp number' },
  main_languages: { flag: 'language', takes: 'code', help: 'held in this language, e.g. en' },
  search: { flag: 'search', takes: 'text', help: 'in which this was said' },
  conversation_initiation_source: { flag: 'initiation-source', takes: 'word', help: 'begun by this, e.g. twilio' },
  conversation_product_type: { flag: 'product-type', takes: 'word', help: 'of this product, e.g. agents' },
  text_only: { flag: 'text-only', takes: 'true|false', help: 'chats, or with false calls' },
  topic_ids: { flag: 'topic', takes: 'id', help: 'about this topic' },
  tag_ids: { flag: 'tag', takes: 'id', help: 'with this tag' },
  exclude_statuses: { flag: 'exclude-status', takes: 'word', help: 'in any status but this, e.g. in-progress' },
  termination_reasons: { flag: 'termination-reason', takes: 'text', help: 'ended for this reason' },
  visited_agent_ids: { flag: 'visited-agent', takes: 'id', help: 'in which this agent took part' },
  visited_agent_branch_ids: { flag: 'visited-agent-branch', takes: 'id', help: 'in which this branch took part' },
  workflow_node_entered_id: { flag: 'workflow-node', takes: 'id', help: 'that entered this node of a workflow' },
  triggered_procedure_ids: { flag: 'procedure', takes: 'id', help: 'that triggered this procedure' },
  guardrail_types: { flag: 'guardrail-type', takes: 'word', help: 'that triggered a guardrail of this type' },
  custom_guardrail_names: {
    flag: 'custom-guardrail',
    takes: 'name',
    help: 'that triggered this guardrail of your own',
  },
};

const optionOf = (name: keyof ListFilters): string => `--${filterOptions[name].flag}`;

/** Adds the filters' options to a command. Those of which there may be several are repeated: `--tag a --tag b`. */
export function addFilterOptions(command: Command): Command {
  for (const name of filterNames) command.addOption(makeOption(filterOptions[name], filterKinds[name]));
  return command;
}

function makeOption({ flag, takes, help }: FilterOption, kind: FilterKind): Option {
  if (kind === 'flag') return new Option(`--${flag} [${takes}]`, help).preset('true');
  if (kind !== 'texts') return new Option(`--${flag} <${takes}>`, help);
  return new Option(`--${flag} <${takes}>`, `${help}; repeatable`).argParser<readonly string[]>((text, before) => [
    ...(before ?? []),
    text,
  ]);
}

/**
 * Reads the filters of a command's options. Throws a `TerminalFailure` that names every option with a value that cannot
 * be.
 */
export function readFilterOptions(command: Command): ListFilters {
  const given: Readonly<Record<string, unknown>> = command.opts();
  const byFlag = new Map(command.options.map((option) => [option.long, given[option.attributeName()]]));
  return parseListFilters(Object.fromEntries(filterNames.map((name) => [name, byFlag.get(optionOf(name))])), optionOf);
}

/**
 * Checks the filters of a command against the sources that it is meant for, before anything is started.
 * @throws UsageError that names the options and the source.
 */
export function refuseUnsupportedFilters(filters: ListFilters, sources: readonly SourceConfig[]): void {
  for (const { sourceId, dialect, filters: own } of sources) {
    const unsupported = unsupportedFilters(dialect, filters);
    if (unsupported.length > 0) {
      throw new UsageError(
        `${unsupported.map(optionOf).join(', ')}: source "${sourceId}" speaks ${dialect}, whose list has no such filter. Leave it out, or name another source with --source.`,
      );
    }
    try {
      parseListFilters({ ...own, ...filters }, (name) =>
        filters[name] === undefined ? `the source's own ${name}` : optionOf(name),
      );
    } catch (error) {
      if (error instanceof TerminalFailure) throw new UsageError(`source "${sourceId}": ${error.message}`);
      throw error;
    }
  }
}
