/** What tells how a process was started. */
export interface Started {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file that Node runs, as an absolute path. */
  readonly program: string;
  /** The same, from the working directory. */
  readonly programFromHere: string;
}

/** The words that a reader has to type again to run the command as this process was run, e.g. `npx voxport`. */
export function invokedAs({ environment, program, programFromHere }: Started): string {
  const script = environment['npm_lifecycle_event'];
  const manager = /^(\w+)\//u.exec(environment['npm_config_user_agent'] ?? '')?.[1];
  if (program.endsWith('.ts')) {
    // A clone: its scripts are run by pnpm, which need not be installed.
    if (manager === undefined || script === undefined || script === 'npx') return `node ${programFromHere}`;
    return manager === 'npm' ? 'npm run -s voxport --' : 'npx -y pnpm@12 voxport';
  }
  // In the image, whose working directory is the package itself, and which has no PATH for it.
  if (programFromHere === 'bin/voxport.js') return 'node bin/voxport.js';
  if (script === 'npx') return 'npx voxport';
  if (manager === 'pnpm') return 'pnpm exec voxport';
  if (manager === 'yarn') return 'yarn -s voxport';
  return 'voxport';
}

const commands =
  'demo|migrate|sync|backfill|up|status|runs|alerts|failures|erase|reload|doctor|verify|rebuild-queue|query|database|--help';
const named = new RegExp(`(?<![\\w@/.-])voxport (?=(?:${commands})(?![\\w-]))`, 'gu');

/** Advice for people, with the command as they invoke it: `voxport sync` becomes `npx voxport sync`. */
export function asInvoked(text: string, invocation: string): string {
  return text.replaceAll(named, () => `${invocation} `);
}
