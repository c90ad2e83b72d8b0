import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { allPaths } from './all-paths.ts';
import { coverageReport } from './report.ts';

// pnpm docs:coverage
const file = join(import.meta.dirname, '../../../docs/coverage.md');
await mkdir(dirname(file), { recursive: true });
await writeFile(file, coverageReport(allPaths));
