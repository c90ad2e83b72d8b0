import type { ApiPath } from './api-path.ts';
import { documentedPaths } from './documented-paths.ts';
import { newerPaths } from './newer-paths.ts';
import specifications from './openapi.json' with { type: 'json' };
import voiceablePaths from './voiceable-paths.json' with { type: 'json' };

/** Every field that the sources are known to send: derived from the structure of the vendor's own OpenAPI documents, from the proxy's page, and from live traffic. */
export const allPaths: readonly ApiPath[] = [...documentedPaths(specifications), ...voiceablePaths, ...newerPaths];
