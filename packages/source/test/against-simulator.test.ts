import type { ConversationPage, TimeRange } from '@voxport/domain';
import { type Simulator, startSimulator } from '@voxport/simulator';
import { describe, expect, test } from 'vitest';
import type { ConversationSource } from '../src/open-source.ts';
import { failureOf, patient, testSource } from './sources.ts';

const startUnixSecs = Date.parse('2026-05-01T00:00:00Z') / 1000;
const daysCovered = 6;
const day = 86_400;

/** Six days of calls, many of them in one second with others, long over. */
const universe = {
  seed: 'source',
  conversationCount: 240,
  startUnixSecs,
  endUnixSecs: startUnixSecs + daysCovered * day - 1,
  nowMs: () => Date.parse('2026-06-01T00:00:00Z'),
};

function openFor(simulator: Simulator, dialect: 'elevenlabs' | 'voiceable') {
  return testSource({
    baseUrl: dialect === 'voiceable' ? simulator.voiceableUrl : simulator.url,
    dialect,
    apiKey: simulator.apiKey ?? '',
    connectionsMax: 8,
  });
}

async function listAll(source: ConversationSource, range: TimeRange): Promise<ConversationPage['conversations']> {
  const found: ConversationPage['conversations'][number][] = [];
  let cursor: string | null = null;
  let hasMore = true;
  while (hasMore) {
    const page: ConversationPage = await source.listPage({ range, cursor, pageSize: 37 }, patient);
    expect(page.unusableRows).toEqual([]);
    found.push(...page.conversations);
    ({ nextCursor: cursor, hasMore } = page);
  }
  return found;
}

/** The days of the universe, and a last window that is open at its beginning. */
function windows(): TimeRange[] {
  const at = (days: number): Date => new Date((startUnixSecs + days * day) * 1000);
  return [
    { after: null, before: at(0) },
    ...Array.from({ length: daysCovered }, (_, index) => ({ after: at(index), before: at(index + 1) })),
  ];
}

describe.each([
  { dialect: 'elevenlabs', timeBounds: 'inclusive', voiceableRows: 'documented' },
  { dialect: 'elevenlabs', timeBounds: 'exclusive', voiceableRows: 'documented' },
  { dialect: 'voiceable', timeBounds: 'inclusive', voiceableRows: 'documented' },
  { dialect: 'voiceable', timeBounds: 'exclusive', voiceableRows: 'mixed' },
] as const)('$dialect with $timeBounds bounds and $voiceableRows rows', ({ dialect, timeBounds, voiceableRows }) => {
  test('adjoining windows list every conversation exactly once, and each detail is JSON of that conversation', async () => {
    await using simulator = await startSimulator({ ...universe, timeBounds, voiceableRows });
    await using source = openFor(simulator, dialect);
    const expected = Array.from({ length: simulator.count() }, (_, index) => simulator.conversationIdAt(index)).filter(
      (id) => simulator.truth(id, dialect) !== null,
    );

    const listed = (await Promise.all(windows().map((range) => listAll(source, range)))).flat();
    expect(listed.map(({ conversationId }) => conversationId).toSorted()).toEqual(expected.toSorted());
    expect(listed.every(({ startedAt, isTerminal }) => startedAt !== null && isTerminal)).toBe(true);

    for (const { conversationId } of listed.slice(0, 40)) {
      const { body } = await source.getConversation(conversationId, patient);
      expect(Buffer.from(body).toString()).toContain(conversationId);
    }
  });

  test('listing again gives the same fingerprints', async () => {
    await using simulator = await startSimulator({ ...universe, timeBounds, voiceableRows });
    await using source = openFor(simulator, dialect);
    const range = { after: null, before: new Date((startUnixSecs + daysCovered * day) * 1000) };
    const [first, second] = [await listAll(source, range), await listAll(source, range)];
    expect(first).toHaveLength(universe.conversationCount);
    expect(second.map((row) => row.fingerprint)).toEqual(first.map((row) => row.fingerprint));
  });
});

describe('faults of the simulator', () => {
  test.each([
    [{ do: 'html', status: 502 }, 'server_error'],
    [{ do: 'concurrent_limit' }, 'concurrent_limit'],
    [{ do: 'rate_limit', code: 'system_busy', retryAfter: { secs: 3 } }, 'rate_limit'],
    [{ do: 'unauthorized' }, 'unauthorized'],
    [{ do: 'not_found' }, 'not_found'],
    [{ do: 'reset' }, 'connection'],
    [{ do: 'truncate' }, 'connection'],
    [{ do: 'swallow' }, 'timeout'],
    [{ do: 'invalid_json' }, 'malformed_response'],
  ] as const)('%j ends a detail of either dialect in %s', async (action, code) => {
    await using simulator = await startSimulator(universe);
    simulator.setFaults([{ action }]);
    for (const dialect of ['elevenlabs', 'voiceable'] as const) {
      await using source = testSource({
        baseUrl: dialect === 'voiceable' ? simulator.voiceableUrl : simulator.url,
        dialect,
        apiKey: simulator.apiKey ?? '',
        // Short only where it is to run out: on a busy machine any answer may take longer than that.
        timeouts: { totalMs: code === 'timeout' ? 300 : 60_000 },
      });
      const failure = await failureOf(source.getConversation(simulator.conversationIdAt(0), patient));
      expect({ dialect, code: failure.code, message: failure.message }).toMatchObject({ dialect, code });
    }
  });

  test('an expired cursor is told as one', async () => {
    await using simulator = await startSimulator(universe);
    for (const dialect of ['elevenlabs', 'voiceable'] as const) {
      await using source = openFor(simulator, dialect);
      const range = { after: null, before: new Date((startUnixSecs + daysCovered * day) * 1000) };
      const { nextCursor } = await source.listPage({ range, cursor: null, pageSize: 10 }, patient);
      simulator.setFaults([{ action: { do: 'expire_cursor' } }]);
      const failure = await failureOf(source.listPage({ range, cursor: nextCursor, pageSize: 10 }, patient));
      expect({ dialect, name: failure.name, code: failure.code }).toEqual({
        dialect,
        name: 'TerminalFailure',
        code: 'cursor_expired',
      });
      simulator.setFaults([]);
    }
  });

  test('a wrong key is told by checkAccess', async () => {
    await using simulator = await startSimulator(universe);
    for (const dialect of ['elevenlabs', 'voiceable'] as const) {
      await using good = openFor(simulator, dialect);
      await expect(good.checkAccess(patient)).resolves.toBeUndefined();
      await using bad = testSource({
        baseUrl: dialect === 'voiceable' ? simulator.voiceableUrl : simulator.url,
        dialect,
        apiKey: 'wrong',
      });
      expect(await failureOf(bad.checkAccess(patient))).toMatchObject({
        name: 'TerminalFailure',
        code: 'unauthorized',
      });
    }
  });
});
