import type { ApiPath } from './api-path.ts';
import { openapiPaths, type Specification } from './openapi-paths.ts';

/** The operations whose responses hold conversations, and how their pages are called. */
export const documentedRoutes = [
  ['/v1/convai/conversations', 'elevenlabs list'],
  ['/v1/convai/conversations/{conversation_id}', 'elevenlabs get'],
] as const;

/** The fields of all documented responses; of two documents of one operation, the first tells a field's type. */
export function documentedPaths(specifications: readonly Specification[]): ApiPath[] {
  const found = new Map<string, ApiPath>();
  for (const specification of specifications) {
    for (const [route, page] of documentedRoutes) {
      for (const path of openapiPaths(specification, route, page) ?? []) {
        const key = `${page} ${path.path}`;
        if (!found.has(key)) found.set(key, path);
      }
    }
  }
  return [...found.values()];
}
