import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { summaryReporter } from './packages/testkit/src/reporter.ts';

const folders = ['packages/*', 'services/*', 'test', 'infra', 'bench', 'chaos'];
const files = (ending: string): string[] => folders.map((folder) => `${folder}/**/*.${ending}`);
// Half of a live test is waiting for a server or another process, so twice as many files as cores run at once.
const filesAtOnce = availableParallelism() * 2;
const elsewhere = ['**/node_modules/**', '**/.voxport/**'];

export default defineConfig({
  test: {
    // `hanging-process` names what keeps a run from ending. The summary comes last: a machine reads its last line.
    reporters: ['default', 'hanging-process', summaryReporter((text) => process.stdout.write(text))],
    teardownTimeout: 20_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: files('test.ts'),
          exclude: [...elsewhere, '**/*.live.test.ts', '**/*.measured.test.ts'],
          // Bounds a test that hangs, as everywhere: some start a process of their own, beside live tests.
          testTimeout: 300_000,
          maxWorkers: filesAtOnce,
          // Functions without state: a process of its own for each file took more than its tests.
          isolate: false,
        },
      },
      {
        // These start and stop servers of their own; the others are given theirs.
        test: {
          name: 'embedded',
          include: ['packages/embedded/**/*.live.test.ts'],
          exclude: elsewhere,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          maxWorkers: filesAtOnce,
        },
      },
      {
        test: {
          name: 'live',
          include: files('live.test.ts'),
          exclude: [...elsewhere, 'packages/embedded/**'],
          globalSetup: ['packages/testkit/src/global-setup.ts'],
          setupFiles: ['packages/testkit/src/setup-file.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          maxWorkers: filesAtOnce,
        },
      },
      {
        // These measure: rates, shares, memory. So they run last, one at a time, with the machine to themselves.
        test: {
          name: 'measured',
          include: files('measured.test.ts'),
          exclude: elsewhere,
          globalSetup: ['packages/testkit/src/global-setup.ts'],
          setupFiles: ['packages/testkit/src/setup-file.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
