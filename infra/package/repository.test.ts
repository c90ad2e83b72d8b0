import { expect, test } from 'vitest';
import { repositoryProblem, repositoryUrl, withAbsoluteLinks } from './repository.ts';

const url = 'https://example.com/voice/export';

test.each([{ type: 'git', url: `git+${url}.git` }, { url: `${url}.git` }, url, `${url}/`])(
  'the address in %j is known',
  (repository) => {
    expect(repositoryUrl(repository)).toBe(url);
    expect(repositoryProblem(repository)).toBeNull();
  },
);

test.each([undefined, '', 'git@example.com:voice/export.git', {}, { url: 'TODO' }])('%j is none', (repository) => {
  expect(repositoryUrl(repository)).toBeNull();
  expect(repositoryProblem(repository)).toContain('Add "repository"');
});

test('links to files lead to the repository at the tag, all others stay', () => {
  const markdown =
    '![The demo](docs/demo.svg) [a](docs/a.md#part), [b](./LICENSE), [c](https://nodejs.org), [d](#try-it)';
  expect(withAbsoluteLinks(markdown, { url, tag: 'v1.2.3' })).toBe(
    `![The demo](${url}/raw/v1.2.3/docs/demo.svg) [a](${url}/blob/v1.2.3/docs/a.md#part), ` +
      `[b](${url}/blob/v1.2.3/LICENSE), [c](https://nodejs.org), [d](#try-it)`,
  );
});
