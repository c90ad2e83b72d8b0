import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestPipeline } from './ops-testing.ts';
import { claimProbe, recordProbe, releaseProbe } from './source-probes.ts';
import { pauseSource, resumeSource } from './sources.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

test('of all that want to know whether a source answers, one asks; the others are told its answer while it is fresh', async () => {
  const { kysely, sourceId } = await pipeline.newSource();
  const claim = (freshForMs: number | null = 60_000) => claimProbe(kysely, { sourceId, freshForMs });
  const claims = await Promise.all(Array.from({ length: 8 }, () => claim()));
  expect(claims.map(({ kind }) => kind).toSorted()).toEqual([
    'claimed',
    ...Array.from({ length: 7 }, () => 'under_way'),
  ]);
  await recordProbe(kysely, { sourceId, code: 'timeout', reason: 'no answer \u0000' });
  expect(await claim()).toEqual({ kind: 'known', probe: { code: 'timeout', reason: 'no answer \uFFFD' } });
  expect(await claim(0)).toEqual({ kind: 'claimed' });
});

test('a claim that was given back, or whose process died, is free; so is that of a source that was resumed', async () => {
  const { kysely, sourceId } = await pipeline.newSource();
  const claim = () => claimProbe(kysely, { sourceId, freshForMs: 60_000 });
  expect(await claim()).toEqual({ kind: 'claimed' });
  await releaseProbe(kysely, sourceId);
  expect(await claim()).toEqual({ kind: 'claimed' });
  await sql`update voxport_ops.sources set probe_began_at = now() - interval '61 seconds' where source_id = ${sourceId}`.execute(
    kysely,
  );
  expect(await claim()).toEqual({ kind: 'claimed' });
  await recordProbe(kysely, { sourceId, code: 'timeout', reason: 'no answer' });
  await pauseSource(kysely, { sourceId, code: 'source_down', reason: 'no answer' });
  await resumeSource(kysely, sourceId);
  expect(await claim()).toEqual({ kind: 'claimed' });
});

test('a source that stays away is asked less and less often, every half minute at least', async () => {
  const { kysely, sourceId } = await pipeline.newSource();
  const claimAfter = async (secs: number) => {
    await sql`update voxport_ops.sources set probed_at = probed_at - ${secs} * interval '1 second', probe_began_at = null where source_id = ${sourceId}`.execute(
      kysely,
    );
    return (await claimProbe(kysely, { sourceId, freshForMs: null })).kind;
  };
  await recordProbe(kysely, { sourceId, code: 'timeout', reason: 'no answer' });
  expect(await claimAfter(4)).toBe('known');
  expect(await claimAfter(2)).toBe('claimed');
  for (let times = 0; times < 9; times += 1)
    await recordProbe(kysely, { sourceId, code: 'timeout', reason: 'no answer' });
  expect(await claimAfter(29)).toBe('known');
  expect(await claimAfter(2)).toBe('claimed');
});
