import { defineConfig } from 'vitest/config';

const folders = ['packages/*', 'services/*', 'test', 'infra', 'bench'];
const files = (ending: string): string[] => folders.map((folder) => `${folder}/**/*.${ending}`);
const elsewhere = ['**/node_modules/**', '**/.voxport/**'];

export default defineConfig({
  test: {
    // A test that never ends, or leaves a server open, is named instead of hanging the run.
    reporters: ['default', 'hanging-process'],
    teardownTimeout: 20_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: files('test.ts'),
          exclude: [...elsewhere, '**/*.live.test.ts'],
        },
      },
      {
        test: {
          name: 'live',
          include: files('live.test.ts'),
          exclude: elsewhere,
          globalSetup: ['packages/testkit/src/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
