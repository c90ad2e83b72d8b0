import { startTestServers } from '../src/start-servers.ts';

// For watchdog.live.test.ts: a run that starts its servers and is then killed.
const { servers } = await startTestServers({ PATH: process.env['PATH'] });
process.stdout.write(`${JSON.stringify(servers)}\n`);
setInterval(() => undefined, 1_000);
