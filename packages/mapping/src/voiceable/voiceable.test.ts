import { describe, expect, it } from 'vitest';
import { mapDetail } from '../rows-testing.ts';

const documented = {
  conversation_id: 'conv_1',
  agent_id: '123',
  agent_name: 'Support',
  status: 'completed',
  transcript: [
    { role: 'user', content: 'Hello', timestamp: '2024-01-15T10:30:00Z' },
    { role: 'assistant', content: 'Hi', timestamp: '2024-01-15T10:30:05Z' },
  ],
  metadata: { duration: 120, call_quality: 'good' },
  created_at: '2024-01-15T10:30:00Z',
};
const observed = {
  id: 'conv_1',
  date: '2024-01-15T10:30:00Z',
  duration: '2:00',
  transcript: [{ role: 'user', message: 'Hello', time_in_call_secs: 5 }],
  cost: { amount_cents: 7.5, amount_dollars: null },
  outcome: 'success',
};
const map = (detail: unknown, listed: Record<string, unknown> | null = null): ReturnType<typeof mapDetail> =>
  mapDetail(detail, { dialect: 'voiceable', listed });

describe('a proxy’s conversation', () => {
  it('maps in its documented form', () => {
    const { rows, drift } = map(documented);
    expect(rows.conversation).toMatchObject({
      conversation_id: 'conv_1',
      agent_id: '123',
      status: 'completed',
      started_at: '2024-01-15T10:30:00.000Z',
      ended_at: '2024-01-15T10:32:00.000Z',
      duration_secs: 120,
      call_quality: 'good',
      turn_count: 2,
      message_count: 2,
      extra: null,
    });
    expect(rows.transcriptTurns.map((turn) => [turn.role, turn.message, turn.said_at, turn.time_in_call_secs])).toEqual(
      [
        ['user', 'Hello', '2024-01-15T10:30:00.000Z', 0],
        ['agent', 'Hi', '2024-01-15T10:30:05.000Z', 5],
      ],
    );
    expect(drift).toEqual([]);
  });

  it('maps in the form that its client knows, cents to the last digit', () => {
    const { rows, drift } = map(observed);
    expect(rows.conversation).toMatchObject({
      started_at: '2024-01-15T10:30:00.000Z',
      duration_secs: 120,
      cost_usd: '0.075',
      cost_credits: null,
      call_successful: 'success',
      outcome: 'success',
    });
    expect(rows.transcriptTurns[0]).toMatchObject({ message: 'Hello', said_at: '2024-01-15T10:30:05.000Z' });
    expect(drift).toEqual([]);
  });

  it('is the same inside its envelope, alone or as a list of one', () => {
    const status = { code: 200, message: 'Success' };
    expect(map({ status, data: documented })).toEqual(map(documented));
    expect(map({ status, data: [documented] })).toEqual(map(documented));
  });

  it('takes from the list row what the detail lacks', () => {
    const { rows, drift } = map({ conversation_id: 'conv_1' }, documented);
    expect(rows).toEqual(map(documented).rows);
    expect(drift).toEqual([]);
  });

  it('may pass through the ElevenLabs model, whose terms win', () => {
    const { rows, drift } = map({
      conversation_id: 'conv_1',
      duration: '9:59',
      metadata: { start_time_unix_secs: 1_705_314_600, call_duration_secs: 60, cost: 50, cost_fiat: 0.25 },
      cost: { amount_dollars: 9 },
      transcript: [{ role: 'agent', message: 'Hi', content: 'other', time_in_call_secs: 3, source_medium: 'audio' }],
    });
    expect(rows.conversation).toMatchObject({ duration_secs: 60, cost_credits: 50, cost_usd: 0.25 });
    expect(rows.transcriptTurns[0]).toMatchObject({ message: 'Hi', said_at: '2024-01-15T10:30:03.000Z' });
    expect(drift).toEqual([]);
  });

  it('keeps an outcome of another vocabulary out of the success rate', () => {
    expect(map({ id: 'conv_1', outcome: 'appointment_booked' }).rows.conversation).toMatchObject({
      outcome: 'appointment_booked',
      call_successful: null,
    });
  });

  it('loses only the fields that are wrong', () => {
    const { rows, drift } = map({
      id: 'conv_1',
      agent_id: 'kept',
      created_at: 'last Tuesday',
      duration: 'long',
      cost: 'free',
      transcript: ['noise', { role: 'assistant', content: { no: 'text' }, timestamp: 1e15 }],
      metadata: [],
      novelty: 1,
    });
    expect(rows.conversation).toMatchObject({
      agent_id: 'kept',
      started_at: null,
      duration_secs: null,
      cost_usd: null,
      extra: '{"novelty":1}',
    });
    expect(rows.transcriptTurns.map((turn) => [turn.role, turn.message])).toEqual([
      [null, null],
      ['agent', null],
    ]);
    expect(drift.map(({ path }) => path)).toEqual([
      'metadata',
      'created_at',
      'duration',
      'transcript[].timestamp',
      'transcript[].content',
      'cost',
      'novelty',
      'transcript[]',
    ]);
  });

  it.each([
    ['0:07', 7],
    ['12:34', 754],
    ['1:02:03', 3723],
    ['90', 90],
    [90.5, 90.5],
  ])('has a duration of %s', (duration, secs) => {
    expect(map({ id: 'conv_1', duration }).rows.conversation.duration_secs).toBe(secs);
  });
});
