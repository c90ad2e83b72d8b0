import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faults, findFaults, shortFaults } from './faults/catalog.ts';
import { helpText, readOptions, type ChaosOptions } from './options.ts';
import { planRounds, playRounds } from './play.ts';
import { describeResults, describeRound } from './report.ts';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function run(options: ChaosOptions): Promise<void> {
  if (options.help) return print(helpText);
  if (options.list) return faults.forEach(({ name, what }) => print(`${name.padEnd(32)}${what}`));
  const chosen = options.faults ?? (options.short ? shortFaults : null);
  const planned = planRounds(chosen === null ? faults : findFaults(chosen), options.queues, options.rounds);
  const directory = await mkdtemp(join(tmpdir(), 'voxport-chaos-'));
  const again = `--seed ${options.seed} --conversations ${options.conversations} --rounds ${options.rounds}`;
  print(`${planned.length} rounds; again with ${again}`);

  const stop = new AbortController();
  // Further signals change nothing: cut short, the clean-up would leave servers and services behind.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(name)));
  let isClean = false;
  try {
    const results = await playRounds(planned, {
      ...options,
      directory,
      signal: stop.signal,
      onResult: (result) => print(describeRound(result)),
    });
    const broken = results.filter(({ outcome }) => outcome === 'broken').length;
    const skipped = results.filter(({ outcome }) => outcome === 'skipped').length;
    print(`\n${describeResults(results, faults)}\n`);
    print(
      `${results.length - broken - skipped} rounds held, ${broken} broken, ${skipped} skipped; again with ${again}`,
    );
    if (options.jsonFile !== null) await writeFile(options.jsonFile, JSON.stringify({ ...options, results }, null, 2));
    if (broken > 0) process.exitCode = 1;
    isClean = broken === 0 && !options.keep;
  } finally {
    if (isClean) await rm(directory, { recursive: true, force: true });
    else process.stderr.write(`Logs and databases are kept in ${directory}\n`);
  }
}

try {
  await run(readOptions(process.argv.slice(2), () => Math.random().toString(36).slice(2, 8)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
