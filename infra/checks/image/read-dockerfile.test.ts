import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDockerfile } from './read-dockerfile.ts';

describe('a Dockerfile', () => {
  test('is read into stages with their steps in order', () => {
    const stages = readDockerfile(`
# syntax=docker/dockerfile:1
FROM node:24 AS first
WORKDIR /app
COPY --parents a/*/b.json ./
# a remark
RUN --mount=type=cache,target=/root/.npm \\
    npm  install \\
    --production
FROM node:24-slim
LABEL a="b"
ENV A=1 B=two
COPY --from=first /app ./
USER 1000:1000
ENTRYPOINT ["node"]
CMD ["main.ts", "--help"]
`);
    expect(stages).toEqual([
      {
        name: 'first',
        base: 'node:24',
        steps: [
          { kind: 'workdir', path: '/app' },
          { kind: 'copy', from: null, keepsParents: true, sources: ['a/*/b.json'], target: './' },
          { kind: 'run', command: 'npm install --production' },
        ],
      },
      {
        name: null,
        base: 'node:24-slim',
        steps: [
          { kind: 'env', values: { A: '1', B: 'two' } },
          { kind: 'copy', from: 'first', keepsParents: false, sources: ['/app'], target: './' },
          { kind: 'user', user: '1000:1000' },
          { kind: 'entrypoint', words: ['node'] },
          { kind: 'cmd', words: ['main.ts', '--help'] },
        ],
      },
    ]);
  });

  test.each([
    'ADD https://example.com/x /x',
    'ARG A',
    'COPY --chown=node a b',
    'RUN --mount=type=secret,id=x cat /run/secrets/x',
    'CMD node main.ts',
    'ENV A=$B',
  ])('with "%s", which the check could not carry out, is an error that names the line', (line) => {
    expect(() => readDockerfile(`FROM node:24\n${line}\n`)).toThrow(/^line 2: .*/);
  });

  test('of the image is understood, and ends as a user that is not root', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docker/Dockerfile'), 'utf8');
    const steps = readDockerfile(text).at(-1)?.steps ?? [];
    expect(steps.filter(({ kind }) => kind === 'user')).toEqual([{ kind: 'user', user: '1000:1000' }]);
  });
});
