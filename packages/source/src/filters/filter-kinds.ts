import type { Dialect, ListFilters } from '@voxport/domain';

/**
 * What a filter's value is: `text` one string, `count` a whole number from 0, `rating` a whole number 1 to 5, `flag`
 * true or false, `texts` several strings.
 */
export type FilterKind = 'text' | 'count' | 'rating' | 'flag' | 'texts';

/**
 * Every list filter with its kind, in the order in which they stand in a query. The type makes a forgotten one a
 * compile error.
 */
export const filterKinds: Readonly<Record<keyof ListFilters, FilterKind>> = {
  agent_id: 'text',
  branch_id: 'text',
  version_id: 'text',
  user_id: 'text',
  parent_conversation_id: 'text',
  call_successful: 'text',
  call_duration_min_secs: 'count',
  call_duration_max_secs: 'count',
  rating_min: 'rating',
  rating_max: 'rating',
  has_feedback_comment: 'flag',
  evaluation_params: 'texts',
  evaluation_criteria_ids: 'texts',
  data_collection_params: 'texts',
  data_collection_ids: 'texts',
  dynamic_variable_params: 'texts',
  data_collection_filter: 'text',
  dynamic_variable_filter: 'text',
  tool_names: 'texts',
  tool_names_successful: 'texts',
  tool_names_errored: 'texts',
  tool_ids: 'texts',
  tool_ids_successful: 'texts',
  tool_ids_errored: 'texts',
  include_invalid_tool_calls: 'flag',
  phone_number_ids: 'texts',
  whatsapp_phone_number_ids: 'texts',
  main_languages: 'texts',
  search: 'text',
  conversation_initiation_source: 'text',
  conversation_product_type: 'text',
  text_only: 'flag',
  topic_ids: 'texts',
  tag_ids: 'texts',
  exclude_statuses: 'texts',
  termination_reasons: 'texts',
  visited_agent_ids: 'texts',
  visited_agent_branch_ids: 'texts',
  workflow_node_entered_id: 'text',
  triggered_procedure_ids: 'texts',
  guardrail_types: 'texts',
  custom_guardrail_names: 'texts',
};

export const filterNames = Object.keys(filterKinds) as ReadonlyArray<keyof ListFilters>;

/**
 * The filters that each API documents. An unknown parameter would be ignored there in silence, and more be exported
 * than was asked for.
 */
export const supportedFilters: Readonly<Record<Dialect, ReadonlySet<keyof ListFilters>>> = {
  elevenlabs: new Set(filterNames),
  voiceable: new Set(['agent_id', 'call_successful', 'user_id']),
};
