import { counted } from './format.ts';

/**
 * What the page before has done: said by the address that it leads to, in one of these words and a number, and nothing
 * else.
 */
export function noticeOf(
  query: Readonly<Record<string, string | undefined>>,
): { readonly kind: 'done' | 'problem'; readonly text: string } | null {
  const number = /^\d{1,12}$/u.test(query['n'] ?? '') ? Number(query['n']) : 0;
  const done = (text: string) => ({ kind: 'done', text }) as const;
  switch (query['done']) {
    case 'backfill':
      return done(`Backfill ${number} is on its way.`);
    case 'retry':
      return done(`${counted(number, 'failure')} will be tried again, in a moment.`);
    case 'read':
      return done(`${counted(number, 'webhook')} read.`);
    case 'unreadable':
      return {
        kind: 'problem',
        text: `${counted(number, 'webhook')} cannot be read by this version either: the failure stays open.`,
      };
    case 'discard':
      return done(`${counted(number, 'failure')} closed.`);
    case 'pause':
      return done(`Run ${number} is paused.`);
    case 'resume':
      return done(`Run ${number} continues.`);
    case 'cancel':
      return done(`Run ${number} is cancelled.`);
    case 'ended':
      return { kind: 'problem', text: `Run ${number} has ended already.` };
    case 'none':
      return { kind: 'problem', text: 'No open failure is meant by that any more.' };
    default:
      return null;
  }
}
