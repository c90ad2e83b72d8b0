/** `pnpm docs:metrics`: makes the tables of docs/metrics.md anew from the metrics that there are. */
import { readFileSync, writeFileSync } from 'node:fs';
import { writeTables } from './metrics-document.ts';

const path = new URL('../../docs/metrics.md', import.meta.url);
writeFileSync(path, writeTables(readFileSync(path, 'utf8')));
