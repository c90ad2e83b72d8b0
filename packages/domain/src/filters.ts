/**
 * The list filters that the APIs document, by the vendor's own parameter names, without the time bounds and the cursor,
 * which the windows own.
 */
export interface ListFilters {
  readonly agent_id?: string;
  readonly branch_id?: string;
  readonly version_id?: string;
  readonly user_id?: string;
  readonly parent_conversation_id?: string;
  readonly call_successful?: string;
  readonly call_duration_min_secs?: number;
  readonly call_duration_max_secs?: number;
  readonly rating_min?: number;
  readonly rating_max?: number;
  readonly has_feedback_comment?: boolean;
  readonly evaluation_params?: readonly string[];
  readonly evaluation_criteria_ids?: readonly string[];
  readonly data_collection_params?: readonly string[];
  readonly data_collection_ids?: readonly string[];
  readonly dynamic_variable_params?: readonly string[];
  readonly data_collection_filter?: string;
  readonly dynamic_variable_filter?: string;
  readonly tool_names?: readonly string[];
  readonly tool_names_successful?: readonly string[];
  readonly tool_names_errored?: readonly string[];
  readonly tool_ids?: readonly string[];
  readonly tool_ids_successful?: readonly string[];
  readonly tool_ids_errored?: readonly string[];
  readonly include_invalid_tool_calls?: boolean;
  readonly phone_number_ids?: readonly string[];
  readonly whatsapp_phone_number_ids?: readonly string[];
  readonly main_languages?: readonly string[];
  readonly search?: string;
  readonly conversation_initiation_source?: string;
  readonly conversation_product_type?: string;
  readonly text_only?: boolean;
  readonly topic_ids?: readonly string[];
  readonly tag_ids?: readonly string[];
  readonly exclude_statuses?: readonly string[];
  readonly termination_reasons?: readonly string[];
  readonly visited_agent_ids?: readonly string[];
  readonly visited_agent_branch_ids?: readonly string[];
  readonly workflow_node_entered_id?: string;
  readonly triggered_procedure_ids?: readonly string[];
  readonly guardrail_types?: readonly string[];
  readonly custom_guardrail_names?: readonly string[];
}
