import { helpText, readArguments, type CommandLine } from './arguments.ts';
import { startSimulator } from './simulator.ts';
import { announceCalls } from './webhooks/announce-calls.ts';

async function run({ options, faults, arrivalsPerMinute, webhook, showsHelp }: CommandLine): Promise<void> {
  if (showsHelp) {
    process.stdout.write(helpText);
    return;
  }
  const simulator = await startSimulator(options);
  simulator.setFaults(faults);
  if (arrivalsPerMinute > 0) {
    const onArrival = webhook === null ? {} : { onArrival: announceCalls(simulator, webhook) };
    simulator.startArrivals({ perMinute: arrivalsPerMinute, ...onArrival });
  }
  const { url, voiceableUrl, apiKey } = simulator;
  process.stdout.write(`${JSON.stringify({ url, voiceableUrl, apiKey, conversations: simulator.count() })}\n`);
  const end = () => void simulator.close();
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

try {
  await run(readArguments(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
  process.exitCode = 1;
}
