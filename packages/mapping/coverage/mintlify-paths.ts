import type { ApiPath } from './api-path.ts';

/**
 * The fields of a Mintlify page's `## Response`: its nested `<ResponseField>`s, and what only its JSON example shows.
 */
export function mintlifyPaths(pageText: string, page: string): ApiPath[] {
  const response = pageText.slice(pageText.indexOf('## Response'), pageText.indexOf('## Error Responses'));
  const types = new Map<string, string>();
  const open: { name: string; type: string }[] = [];
  for (const [tag, name, type] of response.matchAll(
    /<ResponseField name="([^"]+)" type="([^"]+)"[^>]*>|<\/ResponseField>/g,
  )) {
    if (tag === '</ResponseField>') {
      open.pop();
      continue;
    }
    open.push({ name: name ?? '', type: type ?? '' });
    const path = open.map((field, depth) =>
      field.type === 'array' && depth < open.length - 1 ? `${field.name}[]` : field.name,
    );
    types.set(path.join('.'), type ?? '');
  }
  const example = /```json[^\n]*\n([\s\S]*?)```/.exec(response)?.[1];
  if (example !== undefined) noteExample(JSON.parse(example) as unknown, '', types);
  const containers = [...types.keys()];
  // A container whose fields are known tells nothing more.
  return [...types]
    .filter(([path]) => !containers.some((other) => other.startsWith(`${path}.`) || other.startsWith(`${path}[]`)))
    .map(([path, type]) => ({ page, path, type }));
}

function noteExample(value: unknown, path: string, types: Map<string, string>): void {
  if (Array.isArray(value)) {
    for (const item of value) noteExample(item, `${path}[]`, types);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) noteExample(item, path === '' ? key : `${path}.${key}`, types);
  } else if (!types.has(path)) types.set(path, typeof value);
}
