import { join } from 'node:path';
import { createTestLogin } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { exampleQueries } from '../src/demo/example-queries.ts';
import { wrapped } from '../src/report/wrapped.ts';
import { fitted } from '../src/terminal/fitted.ts';
import { syncOnce } from './export-parts.ts';
import { openExport, type OpenExport } from './open-export.ts';
import { runCommand } from './run-command.ts';

const outputs = join(import.meta.dirname, '../../../docs/outputs');

const commands: readonly (readonly string[])[] = [
  ['status'],
  ['runs'],
  ['runs', 'show', '1'],
  ['failures'],
  ['failures', '--each'],
  ['failures', 'show', '1'],
  ['alerts'],
  ['verify', '--from', '2026-09-01', '--to', '2026-09-30'],
  ['query', exampleQueries[0]!.query.replaceAll(/\s+/gu, ' ')],
  ['query', 'select * from voxport.transcript_turns order by conversation_id, turn_index limit 1'],
  ['backfill', '--from', '2026-02-30', '--to', '2026-03-01'],
  ['sink'],
];

/** Times that lie as far back whenever the test runs, and nothing of how the machine did. */
async function steady({ query }: OpenExport): Promise<void> {
  await query(`update voxport_ops.runs set started_at = now() - interval '80 minutes 0.4 seconds',
    finished_at = now() - interval '78 minutes 0.4 seconds'`);
  await query(`update voxport_ops.failures set first_failed_at = now() - interval '79 minutes 0.4 seconds',
    last_failed_at = now() - interval '78 minutes 0.4 seconds'`);
  await query(`update voxport_ops.windows set updated_at = now() - interval '78 minutes 0.4 seconds'`);
}

/**
 * What differs from one run to the next, replaced by something of the same length. What a line breaks at stays where it
 * is.
 */
function masked(text: string): string {
  return text
    .replaceAll(
      /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z/gu,
      (time) => '2026-01-31T08:00:00.000Z'.slice(0, time.length - 1) + 'Z',
    )
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/gu, '2026-01-31 08:00:00 UTC')
    .replaceAll(/127\.0\.0\.1:\d{5}/gu, '127.0.0.1:40000')
    .replaceAll(/digest(\s+)[0-9a-f]{6}\b/gu, 'digest$10f0f0f')
    .replaceAll(/up to \d[^,;]* ago/gu, 'up to 2 s ago')
    .replaceAll(/^( {2}newest call ).*; last change loaded .*$/gmu, '$1 3 min ago; last change loaded 2 s ago')
    .replaceAll(/\bin \d+\.\d s\b/gu, 'in 0.5 s')
    .replaceAll(/^ {2}API .*(?:\n {15}.*)*$/gmu, '  API          (what the source allows at present)')
    .replaceAll(/^System\n(?: .*\n?)*/gmu, 'System\n  (database size, free room, the queue, open alerts)\n');
}

/** A command as a reader would type it: a line that is too long continues in the next. */
function typed(args: readonly string[], columns: number): string {
  const line = args.map((word) => (/[^\w=.-]/u.test(word) ? `"${word}"` : word)).join(' ');
  return wrapped(`$ voxport ${line}`, '  ', columns).join('\n');
}

test('every answer fits its terminal, breaks no word, and is the one of docs/outputs', async () => {
  await using parts = await openExport({ simulator: { conversationCount: 60, seed: 7 } });
  const { simulator, context } = parts;
  const readerUrl = await createTestLogin(parts.config.databaseUrl, 'voxport_bi');
  const config = { ...parts.config, databaseLogins: { adminUrl: null, ownerUrl: null, gatewayUrl: null, readerUrl } };
  simulator.setFaults([
    {
      match: { endpoint: 'detail', conversationId: [simulator.conversationIdAt(3)] },
      action: { do: 'status', status: 400, body: { detail: { code: 'invalid_parameters', message: 'no' } } },
    },
  ]);
  expect((await syncOnce(context)).counts).toMatchObject({ listed: 60, loaded: 59, failed: 1 });
  simulator.setFaults([]);
  for (const columns of [60, 80, 120]) {
    const sections: string[] = [];
    for (const args of commands) {
      await steady(parts);
      const { stdout, stderr } = await runCommand(config, args, { columns }).catch((error: unknown) => ({
        stdout: '',
        stderr: `voxport: ${String(error instanceof Error ? error.message : error)}`,
      }));
      // As a terminal is given it (see run-main.ts).
      const text = fitted(masked([stdout, stderr].filter((part) => part !== '').join('\n')), columns).trimEnd();
      expect(text, `${args.join(' ')}: escape sequences`).not.toContain('\u001b');
      const section = `${typed(args, columns)}\n${text}`;
      const wide = section.split('\n').filter((line) => line.length > columns);
      expect(wide, `${args.join(' ')} at ${columns} columns`).toEqual([]);
      sections.push(`\`\`\`console\n${section}\n\`\`\``);
    }
    const heading = `# What the commands print in a terminal of ${columns} columns`;
    await expect([heading, ...sections, ''].join('\n\n').replace(/\n\n$/u, '\n')).toMatchFileSnapshot(
      join(outputs, `${columns}-columns.md`),
    );
  }
});
