import { proxiedFetch, type SourceConfig } from '@voxport/runtime';
import { ok, warn, type Finding } from './finding.ts';

const timeoutMs = 10_000;
/** The header has whole seconds, and an answer may come from a cache that does not tell its age. */
const differenceMaxMs = 10_000;

/**
 * Compares this machine's clock with the one of a source's API, by the Date header of whatever it answers. Nothing to
 * say where it does not answer: the check of the key says that.
 */
export async function checkSourceClock(
  { sourceId, baseUrl, proxy = null }: Pick<SourceConfig, 'sourceId' | 'baseUrl' | 'proxy'>,
  signal: AbortSignal,
): Promise<Finding[]> {
  const check = `clock of ${sourceId}`;
  const askedMs = Date.now();
  const init = {
    redirect: 'manual' as const,
    cache: 'no-store' as const,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  };
  const answer = await proxiedFetch(proxy, baseUrl, init, async ({ body, headers }) => {
    const at = Date.now();
    await body?.cancel();
    return { headers, answeredMs: at };
  }).catch(() => null);
  if (answer === null) return [];
  const { answeredMs } = answer;
  const dateMs = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(dateMs)) return [];
  const ageMs = Number(answer.headers.get('age') ?? 0) * 1000;
  // A whole second was cut off, half of it on average.
  const differenceMs = dateMs + (Number.isFinite(ageMs) ? ageMs : 0) + 500 - (askedMs + answeredMs) / 2;
  if (Math.abs(differenceMs) <= differenceMaxMs) {
    return [ok(check, `this machine and ${new URL(baseUrl).host} agree on the time`)];
  }
  const secs = Math.round(Math.abs(differenceMs) / 1000);
  return [
    warn(
      check,
      `this machine is ${secs} s ${differenceMs > 0 ? 'behind' : 'ahead of'} ${new URL(baseUrl).host}: ranges of calls are cut at the wrong time, and signatures of webhooks look too old or too new`,
      'Let this machine keep its time by NTP.',
    ),
  ];
}
