/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export type Phase = 'initiated' | 'in-progress' | 'processing' | 'done' | 'failed';
export type Success = 'success' | 'failure' | 'unknown';
export type Language = 'en' | 'de' | 'es' | 'fr' | 'ja';
export type DomainName = 'orders' | 'appointments' | 'billing' | 'support';

/** How the caller came: decides the medium, the metadata blocks and the initiation source. */
export type Channel = 'web' | 'widget_text' | 'twilio' | 'sip_trunking' | 'exotel' | 'whatsapp' | 'sms' | 'async';

export interface AgentRef {
  readonly agentId: string;
  readonly branchId: string | null;
  readonly versionId: string | null;
  readonly workflowNodeId: string | null;
}

export interface Feedback {
  readonly type: 'thumbs' | 'rating' | null;
  readonly score: 'like' | 'dislike' | null;
  readonly likes: number;
  readonly dislikes: number;
  readonly rating: number | null;
  readonly comment: string | null;
}

export interface Sentiment {
  readonly label: 'positive' | 'neutral' | 'negative';
  readonly score: number;
  readonly frustration: number;
  readonly scoredTurns: number;
}

/** Tokens and price of one model, prices in billionths of a US dollar so that sums are exact. */
export interface ModelUsage {
  readonly model: string;
  readonly input: TokenUsage;
  readonly cacheRead: TokenUsage;
  readonly cacheWrite: TokenUsage;
  readonly output: TokenUsage;
}
export interface TokenUsage {
  readonly tokens: number;
  readonly nanoUsd: number;
}

/**
 * The part of a tool call that its type decides. `fields` is everything but the headers, which the warehouse must never
 * show.
 */
export type ToolDetails =
  | { readonly type: 'webhook'; readonly fields: JsonObject; readonly headers: Readonly<Record<string, string>> }
  | {
      readonly type: 'api_integration_webhook';
      readonly fields: JsonObject;
      readonly webhook: { readonly fields: JsonObject; readonly headers: Readonly<Record<string, string>> };
    }
  | { readonly type: 'client' | 'mcp'; readonly fields: JsonObject };

export interface ToolCall {
  readonly requestId: string;
  readonly name: string;
  readonly type: string | null;
  /**
   * What the model asked for; `text` is not always the JSON of `value`: a model can emit garbage (`value` null then).
   */
  readonly params: { readonly value: Json; readonly text: string };
  readonly wasCalled: boolean;
  readonly details: ToolDetails | null;
}

export interface VariableUpdate {
  readonly name: string;
  readonly oldValue: string | null;
  readonly newValue: string;
  /** Unix milliseconds. */
  readonly updatedAtMs: number;
}

export type WorkflowStep =
  | { readonly kind: 'edge'; readonly latencySecs: number; readonly edgeId: string; readonly targetNodeId: string }
  | {
      readonly kind: 'nested_tools';
      readonly latencySecs: number;
      readonly nodeId: string;
      readonly calls: readonly ToolCall[];
      readonly results: readonly ToolResult[];
      readonly isSuccessful: boolean;
    }
  | { readonly kind: 'max_iterations_exceeded'; readonly latencySecs: number; readonly maxIterations: number };

/**
 * What a tool gave back: plain text (with the JSON it spells, if it does), a system tool's typed object, or a
 * workflow's steps.
 */
export type ToolOutcome =
  | { readonly kind: 'text'; readonly text: string; readonly parsed: JsonObject | readonly Json[] | null }
  | { readonly kind: 'system'; readonly text: string; readonly resultType: string; readonly fields: JsonObject }
  | { readonly kind: 'workflow'; readonly text: string; readonly steps: readonly WorkflowStep[] };

export interface ToolResult {
  readonly requestId: string;
  readonly name: string;
  readonly type: string | null;
  readonly outcome: ToolOutcome;
  readonly isError: boolean;
  readonly isBlocked: boolean;
  readonly errorType: string | null;
  readonly errorMessage: string | null;
  readonly wasCalled: boolean;
  readonly latencySecs: number;
  readonly updates: readonly VariableUpdate[];
  readonly integration: {
    readonly integrationId: string;
    readonly credentialId: string;
    readonly connectionId: string;
  } | null;
}

export interface RagChunk {
  readonly documentId: string;
  readonly chunkId: string;
  readonly distance: number;
  readonly isUsed: boolean;
}

export interface Retrieval {
  readonly query: string;
  readonly embeddingModel: string;
  readonly latencySecs: number;
  readonly chunks: readonly RagChunk[];
  /** Whether the API says which chunks were used; older calls do not, and every chunk counts as used. */
  readonly tellsUse: boolean;
}

export interface Turn {
  readonly id: string | null;
  readonly role: 'user' | 'agent';
  readonly message: string | null;
  readonly originalMessage: string | null;
  readonly secs: number;
  readonly interrupted: boolean;
  readonly sourceMedium: string | null;
  readonly agent: AgentRef | null;
  readonly calls: readonly ToolCall[];
  readonly results: readonly ToolResult[];
  readonly feedback: { readonly score: 'like' | 'dislike'; readonly secs: number } | null;
  readonly llmOverride: string | null;
  readonly producingLlm: string | null;
  readonly metrics: readonly (readonly [name: string, secs: number])[] | null;
  readonly retrieval: Retrieval | null;
  readonly usage: readonly ModelUsage[] | null;
  readonly multivoice:
    | readonly { readonly text: string; readonly voice: string | null; readonly secs: number | null }[]
    | null;
  readonly reasoning: readonly { readonly summary: string }[] | null;
  readonly guardrails: readonly { readonly type: string; readonly name: string | null }[] | null;
  readonly platformEvent: string | null;
  readonly file: { readonly id: string; readonly name: string; readonly mimeType: string } | null;
  readonly contextId: string | null;
  readonly staticDocumentIds: readonly string[];
  readonly eventId: number;
}

export interface Evaluation {
  readonly id: string;
  readonly result: Success;
  readonly rationale: string;
  readonly scoringMode: 'binary' | 'numeric_uniform' | null;
  readonly score: number | null;
  readonly maxScore: number | null;
}

export interface DataPoint {
  readonly id: string;
  readonly name: string | null;
  readonly schemaType: string;
  readonly value: Json;
  readonly rationale: string;
}

export interface Analysis {
  readonly success: Success;
  readonly successScore: number | null;
  readonly title: string | null;
  readonly summary: string;
  readonly evaluations: readonly Evaluation[];
  readonly dataPoints: readonly DataPoint[];
  readonly sentiment: Sentiment | null;
}

export interface PhoneCall {
  readonly provider: 'twilio' | 'sip_trunking' | 'exotel';
  readonly direction: 'inbound' | 'outbound';
  readonly phoneNumberId: string;
  readonly agentNumber: string;
  readonly externalNumber: string;
  readonly callSid: string;
  readonly streamSid: string | null;
  readonly callResult: string | null;
}

export interface BatchCall {
  readonly batchCallId: string;
  readonly recipientId: string;
  readonly campaignId: string | null;
  readonly leadId: string;
  readonly coldAttempt: number;
  readonly conversationType: string;
}

export interface Charging {
  readonly tier: string;
  readonly isBurst: boolean;
  readonly devDiscount: boolean;
  readonly initiated: readonly ModelUsage[];
  readonly irreversible: readonly ModelUsage[];
  readonly llmNanoUsd: number;
  readonly llmCredits: number;
  readonly callCredits: number;
  readonly platformNanoUsd: number;
  readonly platformCredits: number;
  readonly freeMinutes: number;
  readonly freeLlmNanoUsd: number;
  readonly tts: {
    readonly model: string;
    readonly characters: number;
    readonly audioSecs: number;
    readonly voiceIds: readonly string[];
  } | null;
  readonly asr: { readonly model: string; readonly calls: number; readonly audioSecs: number } | null;
}
