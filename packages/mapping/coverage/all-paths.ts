import type { ApiPath } from './api-path.ts';
import { documentedPaths } from './documented-paths.ts';
import { newerPaths } from './newer-paths.ts';
import specifications from './openapi.json' with { type: 'json' };
import sdkPaths from './sdk-paths.json' with { type: 'json' };
import voiceablePaths from './voiceable-paths.json' with { type: 'json' };

/** The release of the official Python SDK whose types are held by `sdk-paths.json`. */
export const sdkVersion: string = sdkPaths.version;

const ofSdk = [
  ...sdkPaths.list.map(({ path, type }) => ({ page: `elevenlabs list, SDK ${sdkVersion}`, path, type })),
  ...sdkPaths.get.map(({ path, type }) => ({ page: `elevenlabs get, SDK ${sdkVersion}`, path, type })),
];

/**
 * Every field that the sources are known to send: from the structure of the vendor's own OpenAPI documents, from the
 * proxy's page, from the types of the official SDK, and from live traffic. A path that several tell of stands once,
 * under the first.
 */
export const allPaths: readonly ApiPath[] = [
  ...new Map(
    [...documentedPaths(specifications), ...voiceablePaths, ...ofSdk, ...newerPaths].toReversed().map((path) => {
      const api = path.page.startsWith('voiceable') ? 'voiceable' : 'elevenlabs';
      return [`${api} ${path.path}`, path];
    }),
  ).values(),
].toReversed();
