import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Words of the project's first year, each with the word of docs/glossary.md that replaces it. */
const refused: readonly { pattern: RegExp; use: string }[] = [
  { pattern: /\bwish(?:es|ed)?\b|[a-z]Wish(?:es)?\b/iu, use: 'detail request' },
  { pattern: /\bmend(?:s|ed|ing)?\b|\bmendOf\b/iu, use: 'remedy (noun), fix or repair (verb)' },
  { pattern: /\bdoorbells?\b|\bbells?\b|\brung\b|\bringLoader\b|\brings? (?:the|it)\b/iu, use: 'wake, wake-up' },
  { pattern: /\bsteer(?:s|ed|ing)?\b|\b[sS]teer(?=[A-Z])/u, use: 'control' },
  { pattern: /\bbur(?:y|ied)\b|\bbury(?=[A-Z])/iu, use: 'write a tombstone' },
  { pattern: /\bsecond looks?\b|\blater looks?\b/iu, use: 'recheck' },
  { pattern: /\bsigns? of life\b/iu, use: 'heartbeat' },
  { pattern: /\bnobody wants\b/iu, use: 'no longer wanted' },
  { pattern: /\b(?:goes|go|went) on\b(?! to\b)/iu, use: 'continue' },
  { pattern: /\bis told of\b/iu, use: 'is notified of, is reported' },
  {
    pattern: /\bholdAndFold\b|\bfatesOfListed\b|\bsettleWriters\b|\bsecondTries\b|\bDialectWords\b/u,
    use: 'the glossary',
  },
  {
    pattern: /\blanes?\b|[a-z]Lanes?\b|\bLanes?\b/u,
    use: 'priority (in which order requests are served), slot (one of a few that work at once)',
  },
  { pattern: /\bWorkerPlace\b/u, use: 'WorkerShare' },
  { pattern: /\bwhole number from 1\b(?! to)/u, use: 'positive integer' },
  { pattern: /\bare no conversations?\b|(?<!there )\bis no conversation\b/iu, use: 'is not a conversation' },
];

/** Where the old words may stand: migrations that have run somewhere, the list above, and what explains it. */
const exempt = [
  /^packages\/warehouse\/src\/migrations\//u,
  /^test\/words\.test\.ts$/u,
  /^docs\/glossary\.md$/u,
  /^CHANGELOG\.md$/u,
  /^docs\/decisions\/0170-/u,
  // What stands in databases and queues of 0.1.
  /^packages\/warehouse\/src\/(?:migrate-filled|ops\/coverage\/stored-coverage|views\/catalog)\.live\.test\.ts$/u,
];
/** What simulated callers say is their own. */
const spoken = /^packages\/simulator\/src\/model\/scripts\//u;

function trackedTexts(): { path: string; lines: string[] }[] {
  const paths = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
  return paths
    .filter((path) => /\.(?:ts|js|md|sql|ya?ml|sh)$/u.test(path) && !spoken.test(path))
    .filter((path) => !exempt.some((pattern) => pattern.test(path)))
    .map((path) => ({ path, lines: readFileSync(join(root, path), 'utf8').split('\n') }));
}

test('source, messages and documents use the words of the glossary', () => {
  const found = trackedTexts().flatMap(({ path, lines }) =>
    lines.flatMap((line, index) =>
      refused
        .filter(({ pattern }) => pattern.test(line))
        .map(({ pattern, use }) => `${path}:${index + 1} has "${pattern.exec(line)?.[0]}": use ${use}`),
    ),
  );
  expect(found).toEqual([]);
});

test('the list of refused words finds each of them', () => {
  const samples = [
    'a wish',
    'newerWish',
    'it mends',
    'the bell',
    'was rung',
    'steered',
    'steerRun',
    'buryConversations',
    'loadLanes',
  ];
  for (const sample of samples)
    expect(
      refused.some(({ pattern }) => pattern.test(sample)),
      sample,
    ).toBe(true);
});
