// The words that the API's reference pages and live traffic are known to use. They grow almost weekly: another word is
// kept as it came and reported as drift `new_value`, so that someone looks at what it means.

const words = (...known: string[]): ReadonlySet<string> => new Set(known);

export const statuses = words('initiated', 'in-progress', 'processing', 'done', 'failed', 'completed');
export const roles = words('user', 'agent');
export const successResults = words('success', 'failure', 'unknown', 'error');
export const directions = words('inbound', 'outbound', 'unknown');
export const phoneProviders = words('twilio', 'sip_trunking', 'exotel');
export const callResults = words('answered', 'voicemail', 'busy', 'no_answer', 'failed');
export const feedbackTypes = words('thumbs', 'rating');
export const feedbackScores = words('like', 'dislike');
export const sourceMedia = words('audio', 'text', 'dtmf', 'image', 'file');
export const agentSources = words('cli', 'ui', 'api', 'template', 'unknown', 'architect', 'mcp');
export const campaignConversationTypes = words('initial', 'retry', 'callback', 'redirect');
export const whatsappPermissionStates = words('sent', 'accepted', 'declined', 'blocked');
export const analysisScopes = words('agent', 'conversation');
export const guardrailModes = words('blocking', 'streaming');
export const guardrailJudges = words('classifier', 'llm', 'unknown');
export const embeddingModels = words('e5_mistral_7b_instruct', 'multilingual_e5_large_instruct');
export const workflowStepTypes = words('edge', 'nested_tools', 'max_iterations_exceeded');
export const authorizationMethods = words(
  'invalid',
  'public',
  'authorization_header',
  'signed_url',
  'shareable_link',
  'livekit_token',
  'livekit_token_website',
  'genesys_api_key',
  'avaya_api_key',
  'audiocodes_api_key',
  'whatsapp',
  'sms',
);
export const initiationSources = words(
  'unknown',
  'android_sdk',
  'node_js_sdk',
  'react_native_sdk',
  'react_sdk',
  'js_sdk',
  'python_sdk',
  'widget',
  'sip_trunk',
  'twilio',
  'exotel',
  'genesys',
  'swift_sdk',
  'whatsapp',
  'twilio_sms',
  'flutter_sdk',
  'zendesk_integration',
  'slack_integration',
  'telegram_integration',
  'intercom_integration',
  'freshdesk_integration',
  'template_preview',
  'genesys_bot_connector',
  'avaya',
  'audiocodes',
  'salesforce_integration',
  'subagent_tool',
);
export const toolTypes = words(
  'system',
  'webhook',
  'client',
  'mcp',
  'workflow',
  'api_integration_webhook',
  'api_integration_mcp',
  'smb',
  'code',
);
export const resultTypes = words(
  'dummy',
  'end_call_success',
  'end_procedure_error',
  'end_procedure_success',
  'knowledge_base_rag_success',
  'knowledge_base_success',
  'language_detection_success',
  'play_dtmf_error',
  'play_dtmf_success',
  'skip_turn_success',
  'start_procedure_error',
  'start_procedure_success',
  'testing_tool_result',
  'transfer_to_agent_error',
  'transfer_to_agent_success',
  'transfer_to_number_amazon_connect_success',
  'transfer_to_number_error',
  'transfer_to_number_exotel_success',
  'transfer_to_number_sip_success',
  'transfer_to_number_twilio_success',
  'voicemail_detection_success',
);
