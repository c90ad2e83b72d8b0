import type { ApiPath } from './api-path.ts';
import documented from './api-paths.json' with { type: 'json' };
import { newerPaths } from './newer-paths.ts';

/** Every field that the sources are known to send. */
export const allPaths: readonly ApiPath[] = [...documented, ...newerPaths];
