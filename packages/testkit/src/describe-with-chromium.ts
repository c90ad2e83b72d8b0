import { describeIf } from './describe-with-redis.ts';
import { findProgram } from './find-program.ts';

const programs = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** The browser of this machine, Chromium or Chrome; null where there is none. Nothing is downloaded. */
export function findChromium(): string | null {
  return findProgram(programs);
}

/** A `describe` that runs where there is a Chromium, and is skipped with the reason in its name where there is none. */
export function describeWithChromium(name: string, tests: (executablePath: string) => void): void {
  const path = findChromium();
  describeIf(path !== null, name, 'no chromium on the PATH', () => tests(path ?? ''));
}
