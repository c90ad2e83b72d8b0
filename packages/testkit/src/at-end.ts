import { afterAll, onTestFinished } from 'vitest';

const atEndOfFile: (() => unknown)[] = [];

/**
 * Calls `cleanUp` when the test that runs now ends, passed or failed; outside a test, when the file's tests have ended.
 */
export function atEnd(cleanUp: () => unknown): void {
  try {
    onTestFinished(async () => {
      await cleanUp();
    });
  } catch {
    // Vitest has no way to ask whether a test runs: it throws outside one, as in a beforeAll.
    atEndOfFile.push(cleanUp);
  }
}

/** For the setup file: must be called while a test file is collected. */
export function registerEndOfFile(): void {
  afterAll(async () => {
    for (const cleanUp of atEndOfFile.splice(0).toReversed()) await cleanUp();
  });
}
