/**
 * `pnpm infra:prometheus`: the alert rules and the example configuration by Prometheus's own judge, and the rules' unit
 * tests. promtool is part of Debian's package `prometheus`. Without it nothing is checked, which is said, and which
 * fails where CI is set.
 */
import { spawnSync } from 'node:child_process';

const directory = import.meta.dirname;
const checks = [
  ['check', 'rules', 'alerts.yaml'],
  ['check', 'config', 'prometheus.example.yaml'],
  ['test', 'rules', 'alerts.test.yaml'],
];

/** Runs promtool; null where there is none. */
function promtool(args: readonly string[]): number | null {
  const { error, status } = spawnSync('promtool', args, { cwd: directory, stdio: 'inherit' });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') return null;
  if (error !== undefined) throw error;
  return status ?? 1;
}

if (promtool(['--version']) === null) {
  process.stderr.write(
    'NOT CHECKED: there is no promtool on the PATH, so the alert rules and their tests were not looked at. Install it: apt-get install prometheus\n',
  );
  process.exitCode = process.env['CI'] === undefined ? 0 : 1;
} else {
  for (const check of checks) {
    if (promtool(check) !== 0) process.exitCode = 1;
  }
}
