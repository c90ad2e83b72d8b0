import { startEmbeddedPostgres } from '../src/index.ts';

const [dataDir = ''] = process.argv.slice(2);
const server = await startEmbeddedPostgres({ dataDir, tuning: 'test' });
process.stdout.write(`${JSON.stringify(server)}\n`);
