import { expect, test } from 'vitest';
import { releaseProblems } from './release-problems.ts';

const changelog = '# Changelog\n\n## Unreleased\n\n- Something changed.\n\n## 0.9.0\n\n- The first.\n';
const problems = (wanted: string, text = changelog) => releaseProblems({ current: '0.10.2', wanted, changelog: text });

test.each(['0.10.3', '0.11.0', '1.0.0'])('%s can be released after 0.10.2', (wanted) => {
  expect(problems(wanted)).toEqual([]);
});

test.each([
  ['', /is no version/u],
  ['v1.0.0', /is no version/u],
  ['0.10.2', /not newer/u],
  ['0.9.9', /not newer/u],
])('"%s" cannot', (wanted, says) => {
  expect(problems(wanted).join('\n')).toMatch(says);
});

test('a release says what changed, and each version once', () => {
  expect(problems('1.0.0', '## Unreleased\n\n## 0.9.0\n\n- The first.\n')).toEqual([
    expect.stringMatching(/says nothing/u),
  ]);
  expect(problems('1.0.0', `${changelog}\n## 1.0.0\n`)).toEqual([expect.stringMatching(/already/u)]);
});
