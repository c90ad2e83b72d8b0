import type { Notice } from '@voxport/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatSlack } from './format-slack.ts';

const now = new Date('2026-11-21T12:00:00Z');
const notice: Notice = {
  event: 'opened',
  alertId: 7,
  fingerprint: 'dead_letters/support/fetch/server_error',
  kind: 'dead_letters',
  severity: 'warning',
  sourceId: 'support',
  title: 'support: 12 conversations could not be fetched (server_error)',
  detail: 'They ended in the dead letters.',
  since: '2026-11-21T11:30:00Z',
  openedAt: '2026-11-21T11:31:00Z',
  resolvedAt: null,
  count: 12,
  remedy: 'Have them tried again.',
  command: 'voxport failures retry --source support --stage fetch --class server_error',
};

describe('the Slack format', () => {
  test('has what happened, since when, how many, and the command that fixes it, without blocks', () => {
    const message = formatSlack(notice, now);
    expect(message).toEqual({
      text: notice.title,
      attachments: [
        {
          fallback: notice.title,
          color: '#f9a825',
          text: notice.detail,
          fields: [
            { title: 'Since', value: '2026-11-21 11:30 UTC (30 min)', short: true },
            { title: 'How many', value: '12', short: true },
            { title: 'Remedy', value: `${notice.remedy}\n${notice.command}`, short: false },
          ],
          footer: 'voxport · dead_letters · warning · alert 7',
          ts: 1_795_262_400,
        },
      ],
    });
  });

  test('a critical one says so in its first word, where a phone shows it', () => {
    expect(formatSlack({ ...notice, severity: 'critical' }, now).text).toBe(`CRITICAL: ${notice.title}`);
  });

  test('a recovery is green, says how long it lasted, and tells nobody to do anything', () => {
    const message = formatSlack({ ...notice, event: 'recovered', resolvedAt: '2026-11-21T11:45:00Z' }, now);
    expect(message.text).toBe(`recovered: ${notice.title}`);
    expect(message.attachments[0]).toMatchObject({ color: '#2e7d32', text: 'Resolved.' });
    expect(message.attachments[0]?.fields.map(({ value }) => value)).toEqual(['2026-11-21 11:30 UTC (15 min)', '12']);
  });

  test('a text of a source calls nobody, and links nowhere', () => {
    const message = JSON.stringify(formatSlack({ ...notice, title: '<!channel> & <http://x|y>' }, now));
    expect(message).toContain('&lt;!channel&gt; &amp; &lt;http://x|y&gt;');
    expect(message).not.toMatch(/[<>]/u);
  });

  test('whatever is told, every part keeps within the least that Slack, Mattermost and Discord take', () => {
    const long = fc
      .tuple(fc.constantFrom('a', '<', '&', 'é', '🎉', 'x y '), fc.integer({ min: 0, max: 3000 }))
      .map(([character, times]) => character.repeat(times));
    fc.assert(
      fc.property(long, long, long, long, fc.integer({ min: 1, max: 30 }), (title, detail, remedy, command, alerts) => {
        const one = { ...notice, title, detail, remedy, command };
        const message = formatSlack({ event: 'digest', notices: Array.from({ length: alerts }, () => one) }, now);
        expect(message.attachments.length).toBeLessThanOrEqual(10);
        const single = formatSlack(one, now);
        for (const { title: heading = '', text, fields } of [...message.attachments, ...single.attachments]) {
          // What is escaped counts as one character where it is shown.
          expect(shown(heading)).toBeLessThanOrEqual(256);
          expect(shown(text)).toBeLessThanOrEqual(2048);
          for (const { value } of fields) expect(shown(value)).toBeLessThanOrEqual(1024);
        }
        expect(shown(JSON.stringify(single.attachments[0]))).toBeLessThan(6000);
        expect(JSON.stringify(message).isWellFormed()).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test('a digest says how many there were, and where the rest is', () => {
    const message = formatSlack({ event: 'digest', notices: Array.from({ length: 12 }, () => notice) }, now);
    expect(message.text).toBe(
      'Voxport: 12 alerts in the quiet hours, the first 8 of them here (all: voxport alerts list)',
    );
    expect(message.attachments).toHaveLength(8);
    expect(message.attachments[0]?.title).toBe(notice.title);
  });
});

const shown = (text: string): number => Array.from(text.replaceAll(/&(?:amp|lt|gt);/gu, 'x')).length;
