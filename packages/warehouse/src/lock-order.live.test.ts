import { describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { compareInLockOrder } from './lock-order.ts';
import { listed, openTestPipeline } from './ops/ops-testing.ts';
import { wantAgain } from './ops/inventory/want-again.ts';
import { landPayloads, prepareLanding } from './raw/land-payloads.ts';

const ids = Array.from({ length: 60 }, (_, index) => `${index % 2 === 0 ? 'a' : 'B'}_${String(index % 30)}_é_${index}`);

describe('on a database in the order of a language', () => {
  test('the order in the program is that of the statements', async () => {
    await using pipeline = await openTestPipeline({ icuLocale: 'en-US' });
    const { kysely } = await pipeline.newSource();
    const odd = [...ids, 'Z', 'z', 'é', '\u{1F600}', '\uFFFD', 'a', 'A', ''];
    const inSql = async (order: ReturnType<typeof sql>) =>
      (await sql<{ id: string }>`select id from unnest(${odd}::text[]) as id order by ${order}`.execute(kysely)).rows;
    const sorted = odd.toSorted(compareInLockOrder);
    expect((await inSql(sql`id collate "C"`)).map(({ id }) => id)).toEqual(sorted);
    expect((await inSql(sql`id`)).map(({ id }) => id)).not.toEqual(sorted);
  });

  test('listing, landing and wanting again do not deadlock over ids of both cases', async () => {
    await using pipeline = await openTestPipeline({ icuLocale: 'en-US' });
    const source = await pipeline.newSource();
    const { kysely, sourceId } = source;
    await source.list(ids.map((id) => listed(id)));
    const runId = await source.startRun();
    const land = async (): Promise<void> => {
      const landings = ids.map((conversationId, index) =>
        prepareLanding({
          payload: { conversationId, body: Buffer.from(String(index)), receivedAtMs: performance.now() },
          generation: 1,
        }),
      );
      await landPayloads(kysely, sourceId, await Promise.all(landings));
    };
    for (let round = 0; round < 30; round += 1) {
      await Promise.all([
        source.list(ids.map((id) => listed(id, `look ${round}`))),
        land(),
        wantAgain(kysely, { sourceId, runId, conversationIds: ids }),
        source.list(ids.toReversed().map((id) => listed(id, `look ${round}`))),
        land(),
      ]);
    }
    expect(await source.inventory(ids[0]!)).toMatchObject({ list_fingerprint: `${ids[0]}-look 29` });
  });
});
