import { duration, type Notice, type Severity } from '@voxport/domain';
import type { Digest } from '@voxport/warehouse';
import { cut, secsBetween, count } from './words.ts';

/**
 * Lengths that Slack, Mattermost and Discord all take: Discord allows 256 characters in a title, 1,024 in a field,
 * 6,000 in a message.
 */
const titleMax = 200;
const textMax = 1000;
const commandMax = 400;
/** Discord takes ten attachments, and a message must not grow beyond what all of them show. */
const digestAlertsMax = 8;
const digestTextMax = 300;

const colors: Readonly<Record<Severity | 'recovered', string>> = {
  critical: '#d32f2f',
  warning: '#f9a825',
  info: '#1976d2',
  recovered: '#2e7d32',
};
const words: Readonly<Record<Notice['event'], string>> = {
  opened: '',
  changed: 'worse: ',
  reminder: 'still: ',
  recovered: 'recovered: ',
};

/**
 * A message as incoming webhooks of Slack and of those that speak its format take it: text and attachments, without
 * blocks, which the others do not know.
 */
export interface SlackMessage {
  readonly text: string;
  readonly attachments: readonly SlackAttachment[];
}

interface SlackAttachment {
  readonly fallback: string;
  readonly color: string;
  /** Left out where the message's own text says it already. */
  readonly title?: string;
  readonly text: string;
  readonly fields: readonly { readonly title: string; readonly value: string; readonly short: boolean }[];
  readonly footer: string;
  /** Unix seconds. */
  readonly ts: number;
}

/** Formats a notice, or a digest, for a Slack-compatible webhook. */
export function formatSlack(notice: Notice | Digest, now: Date): SlackMessage {
  if (notice.event !== 'digest') {
    return { text: headline(notice), attachments: [attachment(notice, now, textMax, false)] };
  }
  const more = notice.notices.length - digestAlertsMax;
  return {
    text: `Voxport: ${notice.notices.length} alerts in the quiet hours${more > 0 ? `, the first ${digestAlertsMax} of them here (all: voxport alerts list)` : ''}`,
    attachments: notice.notices.slice(0, digestAlertsMax).map((one) => attachment(one, now, digestTextMax, true)),
  };
}

function attachment(notice: Notice, now: Date, lengthMax: number, hasTitle: boolean): SlackAttachment {
  const isOver = notice.event === 'recovered';
  const since = new Date(notice.since);
  const end = notice.resolvedAt === null ? now : new Date(notice.resolvedAt);
  const field = (title: string, value: string, short = true) => ({ title, value: escaped(value), short });
  return {
    fallback: headline(notice),
    color: colors[isOver ? 'recovered' : notice.severity],
    ...(hasTitle ? { title: headline(notice) } : {}),
    text: escaped(cut(isOver ? 'Resolved.' : notice.detail, lengthMax)),
    fields: [
      field('Since', `${minute(since)} (${duration(Math.max(0, secsBetween(since, end)))})`),
      ...(notice.count === null ? [] : [field('How many', count(notice.count))]),
      ...(isOver
        ? []
        : [field('Remedy', `${cut(notice.remedy, commandMax)}\n${cut(notice.command, commandMax)}`, false)]),
    ],
    footer: `voxport · ${notice.kind} · ${notice.severity} · alert ${notice.alertId}`,
    ts: Math.floor(end.getTime() / 1000),
  };
}

function headline(notice: Notice): string {
  const gravity = notice.severity === 'critical' && notice.event !== 'recovered' ? 'CRITICAL: ' : '';
  return escaped(cut(`${gravity}${words[notice.event]}${notice.title}`, titleMax));
}

function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/**
 * The three characters by which Slack marks mentions and links: `<!channel>` in a text of a source must call nobody.
 */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
