import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWarehouse, type WarehouseDatabase } from '../../test/warehouse-database.ts';
import { runQuery } from '../run-query.ts';
import { claimDelivery, claimHeartbeat, releaseHeartbeat, settleSent, settleUnsent, tidyAlerts } from './outbox.ts';

let warehouse: WarehouseDatabase;
beforeAll(async () => {
  warehouse = await createWarehouse({ poolSizeMax: 8 });
});
afterAll(() => warehouse[Symbol.asyncDispose]());

const now = new Date('2027-03-01T12:00:00Z');
const later = (ms: number): Date => new Date(now.getTime() + ms);
const dayMs = 86_400_000;

beforeEach(async () => {
  await sql`truncate voxport_ops.alerts, voxport_ops.alert_deliveries, voxport_ops.api_minutes cascade`.execute(
    warehouse.database.kysely,
  );
});

/** Deliveries to one receiver, of these alerts, in this order; all due. */
async function deliver(...alerts: readonly string[]): Promise<void> {
  const { kysely } = warehouse.database;
  for (const fingerprint of new Set(alerts)) {
    await sql`
      insert into voxport_ops.alerts (fingerprint, kind, severity, title, detail, remedy, command, since, opened_at, seen_at, noticed_at)
      values (${fingerprint}, 'disk', 'warning', '', '', '', '', ${now}, ${now}, ${now}, ${now})
    `.execute(kysely);
  }
  for (const [index, fingerprint] of alerts.entries()) {
    await sql`
      insert into voxport_ops.alert_deliveries (receiver, alert_id, event, severity, notice, created_at, due_at)
      select 'ops', alert_id, 'opened', 'warning', ${JSON.stringify({ index })}::jsonb, ${now}, ${now}
      from voxport_ops.alerts where fingerprint = ${fingerprint}
    `.execute(kysely);
  }
}

const claim = async (at: Date): Promise<number | null> => {
  const claimed = await claimDelivery(warehouse.database.kysely, { receiver: 'ops', now: at });
  return claimed === null ? null : (claimed.notice as unknown as { index: number }).index;
};

describe('the outbox', () => {
  test('gives each delivery to one of many that ask at once, and again when its time is over', async () => {
    await deliver('a', 'b', 'c');
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(now)));
    const given = claims.filter((index) => index !== null);
    expect(new Set(given).size).toBe(given.length);
    for (let more = given.length; more < 3; more += 1) expect(await claim(now)).not.toBeNull();
    expect(await claim(later(59_000))).toBeNull();
    expect(await claim(later(60_000))).toBe(0);
  });

  test('tells one alert in its order, and does not let it hold up another', async () => {
    await deliver('a', 'a', 'b');
    const { kysely } = warehouse.database;
    const first = await claimDelivery(kysely, { receiver: 'ops', now });
    await settleUnsent(kysely, { deliveryId: first!.deliveryId, error: '503: no', dueAt: later(5000) });
    expect(await claim(now)).toBe(2);
    expect(await claim(now)).toBeNull();
    const again = await claimDelivery(kysely, { receiver: 'ops', now: later(5000) });
    expect(again).toMatchObject({ deliveryId: first!.deliveryId, idempotencyKey: first!.idempotencyKey, attempts: 2 });
    await settleSent(kysely, { deliveryId: first!.deliveryId, now: later(5000) });
    expect(await claim(later(5000))).toBe(1);
  });

  test('gives up after a week, keeps history for a while, and says how many it gave up', async () => {
    await deliver('a', 'b');
    const { kysely } = warehouse.database;
    const sent = await claimDelivery(kysely, { receiver: 'ops', now });
    await settleSent(kysely, { deliveryId: sent!.deliveryId, now });
    await sql`insert into voxport_ops.sources (source_id, dialect, base_url) values ('s', 'elevenlabs', 'http://x')`.execute(
      kysely,
    );
    await sql`insert into voxport_ops.api_minutes (source_id, minute) values ('s', ${now})`.execute(kysely);
    await sql`update voxport_ops.alerts set resolved_at = ${now} where fingerprint = 'a'`.execute(kysely);
    expect(await tidyAlerts(kysely, later(7 * dayMs))).toBe(0);
    expect(await tidyAlerts(kysely, later(7 * dayMs + 1))).toBe(1);
    const left = async () => ({
      deliveries: (await runQuery(kysely, 'select state from voxport_ops.alert_deliveries order by 1')).map(
        ({ state }) => state,
      ),
      alerts: (await runQuery(kysely, 'select 1 from voxport_ops.alerts')).length,
      minutes: (await runQuery(kysely, 'select 1 from voxport_ops.api_minutes')).length,
    });
    expect(await left()).toEqual({ deliveries: ['expired', 'sent'], alerts: 2, minutes: 0 });
    expect(await claim(later(8 * dayMs))).toBeNull();
    await tidyAlerts(kysely, later(91 * dayMs));
    // The open alert stays, however old.
    expect(await left()).toEqual({ deliveries: [], alerts: 1, minutes: 0 });
  });

  test('gives the turn of the heartbeat to one, once in its time; a clock that was ahead does not stop it', async () => {
    const { kysely } = warehouse.database;
    const turn = (at: Date): Promise<boolean> => claimHeartbeat(kysely, { now: at, everyMs: 60_000 });
    const turns = await Promise.all(Array.from({ length: 6 }, () => turn(now)));
    expect(turns.filter(Boolean)).toHaveLength(1);
    expect([await turn(later(59_999)), await turn(later(60_000))]).toEqual([false, true]);
    await releaseHeartbeat(kysely);
    expect(await turn(later(60_001))).toBe(true);
    expect(await turn(later(-dayMs))).toBe(true);
  });
});
