import { expect, test } from 'vitest';
import { asInvoked, invokedAs } from './invocation.ts';

const source = { program: '/clone/services/cli/src/main.ts', programFromHere: 'services/cli/src/main.ts' };
const built = {
  program: '/app/node_modules/voxport/bin/voxport.js',
  programFromHere: 'node_modules/voxport/bin/voxport.js',
};
const pnpm = { npm_config_user_agent: 'pnpm/12.3.0 npm/? node/v24.21.0 linux x64' };
const npm = { npm_config_user_agent: 'npm/11.6.0 node/v24.21.0 linux x64 workspaces/false' };
const yarn = { npm_config_user_agent: 'yarn/1.22.22 npm/? node/v24.21.0 linux x64' };

test.each([
  ['npx -y pnpm@12 voxport', { ...source, environment: { ...pnpm, npm_lifecycle_event: 'voxport' } }],
  ['npx -y pnpm@12 voxport', { ...source, environment: { ...pnpm, npm_lifecycle_event: 'demo' } }],
  ['npm run -s voxport --', { ...source, environment: { ...npm, npm_lifecycle_event: 'voxport' } }],
  ['node services/cli/src/main.ts', { ...source, environment: {} }],
  ['npx voxport', { ...built, environment: { ...npm, npm_lifecycle_event: 'npx' } }],
  ['pnpm exec voxport', { ...built, environment: pnpm }],
  ['yarn -s voxport', { ...built, environment: { ...yarn, npm_lifecycle_event: 'voxport' } }],
  ['voxport', { ...built, environment: {} }],
  ['node bin/voxport.js', { program: '/app/bin/voxport.js', programFromHere: 'bin/voxport.js', environment: {} }],
])('%s is what was typed', (typed, started) => {
  expect(invokedAs(started)).toBe(typed);
});

test('advice names the command as it was invoked, and nothing else is touched', () => {
  const advice =
    'Run: voxport migrate, or (voxport rebuild-queue --source a). Not @voxport/domain, voxport.calls, voxport is up.';
  expect(asInvoked(advice, 'npx voxport')).toBe(
    'Run: npx voxport migrate, or (npx voxport rebuild-queue --source a). Not @voxport/domain, voxport.calls, voxport is up.',
  );
});
