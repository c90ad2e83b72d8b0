import { vendorId } from '../../random.ts';
import type { JsonObject, ToolCall, ToolDetails, ToolOutcome, ToolResult } from '../types.ts';
import { drawRequestId, jsonOutcome, makeResult, paramsOf, wordsOutcome, type Tool, type ToolContext } from './tool.ts';

/** What distinguishes one integration tool from the next. */
interface IntegrationTool {
  readonly key: string;
  readonly name: string;
  readonly type: 'webhook' | 'client' | 'mcp' | 'api_integration_webhook' | 'api_integration_mcp' | 'smb' | 'code';
  readonly params: (context: ToolContext) => JsonObject;
  readonly answer: (context: ToolContext) => ToolOutcome;
  /** The dynamic variable that the answer sets, and its value before. */
  readonly sets?: {
    readonly name: string;
    readonly before: string | null;
    readonly value: (context: ToolContext) => string;
  };
}

const errors = [
  ['http_error', 'Request failed with status 503: upstream unavailable'],
  ['timeout', 'The tool did not answer within 20 s'],
  ['validation_error', 'Field "customer" is required'],
] as const;

function webhookDetails(tool: IntegrationTool, context: ToolContext, params: JsonObject) {
  const isGet = tool.name.startsWith('lookup') || tool.name.startsWith('find') || tool.name.startsWith('check');
  return {
    fields: {
      method: isGet ? 'GET' : 'POST',
      url: `https://tools.example.com/${tool.name}/${context.slots.order}`,
      path_params: { reference: context.slots.order },
      query_params: isGet ? { locale: 'en', city: context.slots.city } : {},
      body: isGet ? null : JSON.stringify(params),
    },
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer secret-${vendorId('key', context.agent.index + 1)}`,
      'x-workspace': 'north',
    },
  };
}

function detailsOf(tool: IntegrationTool, context: ToolContext, params: JsonObject): ToolDetails | null {
  switch (tool.type) {
    case 'webhook':
      return { type: 'webhook', ...webhookDetails(tool, context, params) };
    case 'api_integration_webhook':
      return {
        type: 'api_integration_webhook',
        fields: { integration_id: 'hubspot', credential_id: 'cred_7', integration_connection_id: 'conn_31' },
        webhook: webhookDetails(tool, context, params),
      };
    case 'client':
      return { type: 'client', fields: { parameters: JSON.stringify(params) } };
    case 'mcp':
    case 'api_integration_mcp':
      return {
        type: 'mcp',
        fields: {
          mcp_server_id: 'mcp_srv_12',
          mcp_server_name: tool.type === 'mcp' ? 'Customer records' : 'Shop catalogue',
          integration_type: tool.type === 'mcp' ? 'mcp_server' : 'mcp_integration',
          parameters: Object.fromEntries(
            Object.entries(params).map(([key, value]) => [
              key,
              typeof value === 'string' ? value : JSON.stringify(value),
            ]),
          ),
          approval_policy: 'auto_approve_all',
          requires_approval: false,
          mcp_tool_name: tool.name,
          mcp_tool_description: 'Reads one record.',
        },
      };
    case 'smb':
    case 'code':
      return null;
  }
}

function useOf(tool: IntegrationTool): Tool['use'] {
  return (context) => {
    const { random } = context;
    const params = tool.params(context);
    const draw = random.next();
    const isGarbled = draw < 0.01;
    const isBlocked = draw > 0.985;
    const call: ToolCall = {
      requestId: drawRequestId(random),
      name: tool.name,
      // A code tool has a type of its own in its result only.
      type: tool.type === 'code' ? null : tool.type,
      params: isGarbled ? { value: null, text: '{"reference": "' } : paramsOf(params),
      wasCalled: !isBlocked,
      details: detailsOf(tool, context, params),
    };
    const type = tool.type === 'code' ? 'code' : tool.type;
    const integration =
      tool.type === 'api_integration_webhook'
        ? { integrationId: 'hubspot', credentialId: 'cred_7', connectionId: 'conn_31' }
        : null;
    const common: Partial<ToolResult> = { type, integration };
    if (isBlocked)
      return {
        call,
        result: makeResult(call, random, wordsOutcome('The call was blocked by a guardrail.'), {
          ...common,
          isError: true,
          isBlocked: true,
          errorType: 'blocked',
          errorMessage: 'Blocked before execution',
          wasCalled: false,
        }),
      };
    if (context.fails || isGarbled) {
      const [errorType, errorMessage] = random.pick(errors);
      const outcome = wordsOutcome(`Error: ${errorMessage}`);
      return { call, result: makeResult(call, random, outcome, { ...common, isError: true, errorType, errorMessage }) };
    }
    const updates =
      tool.sets === undefined
        ? []
        : [
            {
              name: tool.sets.name,
              oldValue: tool.sets.before,
              newValue: tool.sets.value(context),
              updatedAtMs: context.atMs + random.int(0, 900),
            },
            { name: 'last_tool', oldValue: null, newValue: tool.name, updatedAtMs: context.atMs + 901 },
          ].slice(0, random.chance(0.3) ? 2 : 1);
    return { call, result: makeResult(call, random, tool.answer(context), { ...common, updates }) };
  };
}

const table: readonly IntegrationTool[] = [
  {
    key: 'lookup_order',
    name: 'lookup_order',
    type: 'webhook',
    params: ({ slots }) => ({ order_number: slots.order }),
    answer: ({ slots, random }) =>
      jsonOutcome({
        order: slots.order,
        status: 'in_transit',
        items: [{ name: slots.product, quantity: random.int(1, 3) }],
        total: slots.amountCents / 100,
      }),
    sets: { name: 'order_status', before: 'unknown', value: () => 'in_transit' },
  },
  {
    key: 'show_order_status',
    name: 'show_order_status',
    type: 'client',
    params: ({ slots }) => ({ order_number: slots.order, highlight: true }),
    answer: () => wordsOutcome('ok'),
  },
  {
    key: 'start_return',
    name: 'start_return',
    type: 'webhook',
    params: ({ slots }) => ({ order_number: slots.order, reason: 'not_needed', refund_cents: slots.amountCents }),
    answer: ({ slots }) => jsonOutcome({ return_id: slots.ticket, refund_cents: slots.amountCents, label: null }),
    sets: { name: 'return_id', before: null, value: ({ slots }) => slots.ticket },
  },
  {
    key: 'shop_stock',
    name: 'shop_get_stock',
    type: 'api_integration_mcp',
    params: ({ slots }) => ({ product: slots.product, city: slots.city }),
    answer: ({ random }) => jsonOutcome([{ sku: `S${random.int(1000, 9999)}`, available: random.int(0, 40) }]),
  },
  {
    key: 'find_patient',
    name: 'find_patient',
    type: 'mcp',
    params: ({ slots }) => ({ name: slots.name }),
    answer: ({ slots, random }) =>
      jsonOutcome({ patient_id: random.int(10_000, 99_999), name: slots.name, insured: true }),
    sets: { name: 'patient_known', before: 'false', value: () => 'true' },
  },
  {
    key: 'find_slots',
    name: 'find_slots',
    type: 'webhook',
    params: ({ slots }) => ({ earliest: slots.date, minutes: 30 }),
    answer: ({ slots }) =>
      jsonOutcome([
        { day: slots.date, time: slots.time },
        { day: 'the day after', time: 'half past nine' },
      ]),
  },
  {
    key: 'book_appointment',
    name: 'book_appointment',
    type: 'api_integration_webhook',
    params: ({ slots }) => ({ day: slots.date, time: slots.time, patient: slots.name }),
    answer: ({ slots }) => jsonOutcome({ booked: true, reference: slots.ticket }),
    sets: { name: 'appointment', before: null, value: ({ slots }) => `${slots.date}, ${slots.time}` },
  },
  {
    key: 'send_reminder',
    name: 'send_reminder',
    type: 'webhook',
    params: ({ slots }) => ({ channel: 'sms', day: slots.date }),
    answer: () => wordsOutcome('true'),
  },
  {
    key: 'check_invoice',
    name: 'check_invoice',
    type: 'webhook',
    params: ({ slots }) => ({ customer: slots.order }),
    answer: ({ slots, random }) =>
      jsonOutcome({
        invoice: random.int(40_000, 49_999),
        amount_cents: slots.amountCents,
        periods: ['september', 'october'],
        paid: false,
      }),
    sets: { name: 'invoice_open', before: 'false', value: () => 'true' },
  },
  {
    key: 'create_ticket',
    name: 'create_ticket',
    type: 'api_integration_webhook',
    params: ({ slots }) => ({ subject: `Case of ${slots.name}`, priority: 'normal', reference: slots.order }),
    answer: ({ slots }) => jsonOutcome({ ticket: slots.ticket, queue: { id: 4, name: 'second line' } }),
    sets: { name: 'ticket', before: null, value: ({ slots }) => slots.ticket },
  },
  {
    key: 'rate_plan',
    name: 'compare_rate_plans',
    type: 'code',
    params: ({ slots }) => ({ yearly_cents: slots.amountCents }),
    answer: ({ slots }) => jsonOutcome({ plan: 'flexible', saves_cents: Math.floor(slots.amountCents / 9) }),
  },
  {
    key: 'crm_update',
    name: 'crm_update_account',
    type: 'mcp',
    params: ({ slots }) => ({ account: slots.order, amount: slots.amountCents / 100 }),
    answer: () => jsonOutcome({ updated: true }),
  },
  {
    key: 'device_diagnostics',
    name: 'device_diagnostics',
    type: 'webhook',
    params: ({ slots }) => ({ device: slots.product, deep: false }),
    answer: ({ random }) =>
      jsonOutcome({
        state: 'needs_reset',
        signal_db: -random.int(40, 90),
        uptime_secs: random.int(0, 90_000),
        faults: [],
      }),
    sets: { name: 'device_state', before: 'unknown', value: () => 'needs_reset' },
  },
  {
    key: 'kb_search',
    name: 'kb_search',
    type: 'mcp',
    params: ({ slots }) => ({ query: `${slots.product} reset` }),
    answer: ({ slots }) =>
      jsonOutcome([{ title: `Reset of the ${slots.product}`, url: 'https://help.example.com/reset' }]),
  },
  {
    key: 'remote_command',
    name: 'remote_command',
    type: 'client',
    params: ({ slots }) => ({ device: slots.product, command: 'restart' }),
    answer: () => jsonOutcome({ accepted: true }),
  },
  {
    key: 'calculate_total',
    name: 'calculate_total',
    type: 'code',
    params: ({ slots }) => ({ net_cents: slots.amountCents, rate: 0.2 }),
    answer: ({ slots }) => wordsOutcome(String(Math.round(slots.amountCents * 1.2))),
  },
  {
    key: 'crm_contact',
    name: 'hubspot_get_contact',
    type: 'api_integration_webhook',
    params: ({ slots }) => ({ name: slots.name }),
    answer: ({ slots }) => jsonOutcome({ contact: { name: slots.name, city: slots.city, score: 0.82 } }),
  },
  {
    key: 'take_message',
    name: 'smb_take_message',
    type: 'smb',
    params: ({ slots }) => ({ from: slots.name, text: `Please call back about ${slots.ticket}` }),
    answer: () => jsonOutcome({ stored: true }),
  },
];

/** Tools of every type but system and workflow. */
/** Name and type of each, as the workspace's list of tools has them. */
export const integrationToolKinds: readonly { readonly name: string; readonly type: string }[] = table.map(
  ({ name, type }) => ({ name, type }),
);

export const integrationTools: readonly Tool[] = table.map((tool) => ({
  key: tool.key,
  name: tool.name,
  use: useOf(tool),
}));
