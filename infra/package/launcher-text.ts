/** The first Node with everything that the built code uses: disposable stacks, zstd. */
export const nodeVersionMin = '24.11.0';

/**
 * The name of the program that starts an entry: `voxport` is the command, the others are `voxport-worker` and so on.
 */
export function programOf(entry: string): string {
  return entry === 'voxport' ? entry : `voxport-${entry}`;
}

/**
 * The file that a package manager links as a program. It parses on any Node that knows modules: an old one is told what
 * is missing, and does not meet a syntax error first.
 */
export function launcherText(program: string): string {
  const entry = program === 'voxport' ? program : program.slice('voxport-'.length);
  return `#!/usr/bin/env node
const wanted = '${nodeVersionMin}'.split('.').map(Number);
const found = process.versions.node.split('.').map(Number);
const isOld = found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1]);
if (isOld) {
  process.stderr.write(
    '${program}: needs Node ${nodeVersionMin} or newer, and this is ' + process.versions.node + '. Install a newer one: https://nodejs.org\\n',
  );
  process.exitCode = 2;
} else {
  import('../dist/${entry}.js');
}
`;
}
