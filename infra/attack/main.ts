import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { attack } from './attack.ts';
import { attackCommands } from './attack-commands.ts';
import { attackFromSource } from './attack-from-source.ts';
import { attackReport, type Attempt } from './attempt.ts';
import { startOwnInstance } from './own-instance.ts';
import type { AttackTarget } from './target.ts';

const help = `Usage: pnpm attack [options]

Attacks an instance as others could, and reports what held. Without --url it starts an instance of its own, beside a source that lies, and tries
everything; that takes less than a minute. Exit code 1: something got through.

  --url URL                  the gateway of a running instance, e.g. http://127.0.0.1:7480: of your own, or with its operator's leave
  --source NAME              a source of it (default: elevenlabs)
  --token-file FILE          the operators' token: what a logged-in operator's browser can be made to do
  --webhook-secret-file FILE the secret of the source's webhooks: what a signature is good for
  --reader-url URL           a login of role voxport_bi; likewise --restricted-url, --service-url, --gateway-url`;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    source: { type: 'string', default: 'elevenlabs' },
    'token-file': { type: 'string' },
    'webhook-secret-file': { type: 'string' },
    'reader-url': { type: 'string' },
    'restricted-url': { type: 'string' },
    'service-url': { type: 'string' },
    'gateway-url': { type: 'string' },
    help: { type: 'boolean' },
  },
});

if (values.help === true) process.stdout.write(`${help}\n`);
else {
  const attempts = values.url === undefined ? await attackOwn() : await attackRunning(values.url);
  process.stdout.write(`${attackReport(attempts)}\n`);
  process.exitCode = attempts.some(({ outcome }) => outcome === 'broken') ? 1 : 0;
}

function note(text: string): void {
  process.stderr.write(`${(performance.now() / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
}

async function attackOwn(): Promise<Attempt[]> {
  await using instance = await startOwnInstance();
  note(`An instance of its own answers at ${instance.target.url}.`);
  const fromOutside = await attack(instance.target, note);
  note('Its commands and settings.');
  const byCommands = await attackCommands(instance);
  note('Its source.');
  return [...fromOutside, ...byCommands, ...(await attackFromSource(instance))];
}

async function attackRunning(url: string): Promise<Attempt[]> {
  const content = async (file: string | undefined) =>
    file === undefined ? null : (await readFile(file, 'utf8')).trim();
  const target: AttackTarget = {
    url,
    sourceId: values.source,
    operatorToken: await content(values['token-file']),
    webhookSecret: await content(values['webhook-secret-file']),
    databaseUrls: {
      reader: values['reader-url'] ?? null,
      restricted: values['restricted-url'] ?? null,
      service: values['service-url'] ?? null,
      gateway: values['gateway-url'] ?? null,
    },
  };
  const attempts = await attack(target, note);
  const answer = 'needs a source that lies and commands of the instance: pnpm attack without --url';
  return [
    ...attempts,
    { area: 'source', what: 'a source that lies, settings, commands', outcome: 'not tried', answer },
  ];
}
