import { duration } from '@voxport/domain';
import { count } from '../report/run-report.ts';
import type { Progress } from './progress.ts';

const barColumns = 24;

/**
 * One line for a terminal, narrower than it; what matters least is left out where there is no room. `paint` colours the
 * bar.
 */
export function progressBar(progress: Progress, columns: number, paint: (text: string) => string): string {
  const { runId, state, expected, done } = progress;
  const share = expected === null || expected === 0 ? null : Math.min(1, done / expected);
  // A full bar before the end would say what is not so.
  const percent = share === null ? null : Math.min(99, Math.floor(share * 100));
  const parts: { readonly text: string; readonly rank: number }[] = [
    { text: `run ${runId}`, rank: 5 },
    ...(share === null ? [] : [{ text: bar(share), rank: 6 }]),
    ...(percent === null ? [] : [{ text: `${percent}%`, rank: 1 }]),
    ...(state === 'running' ? [] : [{ text: stateText[state], rank: 0 }]),
    { text: conversations(progress), rank: 2 },
    { text: `windows ${progress.windowsEnded}/${progress.windows}`, rank: 8 },
    ...(progress.rate === null ? [] : [{ text: `${rateText(progress.rate)}/s`, rank: 4 }]),
    { text: `in flight ${progress.inFlight}${limitText(progress.inFlightLimit, '/')}`, rank: 7 },
    { text: `429s ${count(progress.refused)}`, rank: 9 },
    ...(progress.secsLeft === null ? [] : [{ text: `ETA ${duration(progress.secsLeft)}`, rank: 3 }]),
  ];
  const kept = [...parts];
  const width = (): number => kept.reduce((sum, { text }) => sum + text.length + 2, -2);
  while (kept.length > 1 && width() >= columns) {
    const least = kept.reduce((worst, part) => (part.rank > worst.rank ? part : worst));
    kept.splice(kept.indexOf(least), 1);
  }
  const line = kept
    .map(({ text }) => text)
    .join('  ')
    .slice(0, Math.max(0, columns - 1));
  const drawn = kept.find(({ rank }) => rank === 6)?.text;
  return drawn === undefined ? line : line.replace(drawn, paint(drawn));
}

/** The same as a sentence, for where lines only follow one another. */
export function progressLine(progress: Progress): string {
  const {
    runId,
    state,
    expected,
    done,
    listed,
    windows,
    windowsEnded,
    rate,
    inFlight,
    inFlightLimit,
    refused,
    secsLeft,
  } = progress;
  const parts = [
    ...(state === 'running' ? [] : [stateText[state]]),
    expected === null || expected <= listed
      ? `${count(done)} of ${count(listed)} conversations listed so far`
      : `${count(done)} of about ${count(expected)} conversations`,
    `windows ${windowsEnded}/${windows}`,
    ...(rate === null ? [] : [`${rateText(rate)} a second`]),
    `${inFlight}${limitText(inFlightLimit, ' of ')} requests in flight`,
    `${count(refused)} answered 429`,
    ...(secsLeft === null ? [] : [`about ${duration(secsLeft)} left`]),
  ];
  return `run ${runId}: ${parts.join(', ')}`;
}

const stateText = {
  running: 'running',
  paused: 'paused',
  interrupted: 'interrupted: nobody works on it',
  ended: 'ended',
} as const;

function bar(share: number): string {
  const full = Math.round(share * barColumns);
  return `${'█'.repeat(full)}${'░'.repeat(barColumns - full)}`;
}

function conversations({ done, listed, expected }: Progress): string {
  return `${count(done)}/${expected !== null && expected > listed ? '~' : ''}${count(expected ?? listed)} conversations`;
}

function rateText(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : count(Math.round(rate));
}

function limitText(limit: number | null, before: string): string {
  return limit === null ? '' : `${before}${limit}`;
}
