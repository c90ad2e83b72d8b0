import { expect, test } from 'vitest';
import { startUp } from '../../services/gateway/test/start-up.ts';
import { attack } from './attack.ts';
import { attackReport } from './attempt.ts';

// `pnpm attack` by itself must hold, which CI plays; here is what it must find.
test('an instance whose reader is a superuser is reported, by each boundary that is none', async () => {
  const up = await startUp({ conversationCount: 3 });
  const urls = { reader: up.databaseUrl, restricted: null, service: null, gateway: null };
  const target = { url: up.url, sourceId: 'support', operatorToken: null, webhookSecret: null, databaseUrls: urls };
  const attempts = await attack(target, () => {});
  const broken = attempts.filter(({ outcome }) => outcome === 'broken').map(({ what }) => what);
  expect(broken, attackReport(attempts)).toEqual(
    expect.arrayContaining([
      'as reader: table voxport_raw.payloads',
      "as reader: select pg_read_file('/etc/passwd')",
      'as reader: set role voxport_app',
      'as reader: begin read write; create schema mine',
    ]),
  );
  expect(attempts.filter(({ outcome, area }) => outcome === 'broken' && area !== 'database')).toEqual([]);
  expect(attackReport(attempts)).toMatch(/^BROKEN .*\n/mu);
}, 90_000);
