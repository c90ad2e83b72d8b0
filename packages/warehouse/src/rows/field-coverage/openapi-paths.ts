import { parse } from 'yaml';
import type { ApiPath } from './api-path.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
}

interface Specification {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> } | undefined>> | undefined
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Response {
  readonly content: { readonly 'application/json'?: { readonly schema: Schema } };
}

/** The OpenAPI documents in a reference page: its fenced YAML blocks. */
export function specificationsIn(pageText: string): string[] {
  return [...pageText.matchAll(/^```yaml\n(openapi:[\s\S]*?)^```/gm)].map((match) => match[1] ?? '');
}

/** The fields of the 200 response of `GET route`, or null where the document has no such operation. */
export function openapiPaths(specificationText: string, route: string, page: string): ApiPath[] | null {
  const specification = parse(specificationText) as Specification;
  const schema = specification.paths[route]?.['get']?.responses['200']?.content['application/json']?.schema;
  if (schema === undefined) return null;
  const typesByPath = new Map<string, Set<string>>();

  function note(path: string, type: string): void {
    const types = typesByPath.get(path) ?? new Set();
    typesByPath.set(path, types.add(type));
  }

  function walk(node: Schema, path: string, open: readonly string[]): void {
    if (node.$ref !== undefined) {
      const name = node.$ref.slice('#/components/schemas/'.length);
      const target = specification.components.schemas[name];
      if (target === undefined) throw new Error(`${page}: no schema ${name}`);
      if (open.includes(name)) note(path, 'recursive');
      else walk(target, path, [...open, name]);
      return;
    }
    if (node.oneOf !== undefined) {
      for (const variant of node.oneOf) walk(variant, path, open);
      return;
    }
    const types = typeof node.type === 'string' ? [node.type] : (node.type ?? ['any']);
    for (const type of types) {
      if (type === 'null') continue;
      if (type === 'array' && node.items !== undefined) walk(node.items, `${path}[]`, open);
      else if (type === 'object') walkObject(node, path, open);
      else note(path, type);
    }
  }

  function walkObject(node: Schema, path: string, open: readonly string[]): void {
    const properties = Object.entries(node.properties ?? {});
    for (const [name, property] of properties) walk(property, path === '' ? name : `${path}.${name}`, open);
    if (typeof node.additionalProperties === 'object') walk(node.additionalProperties, `${path}{}`, open);
    else if (properties.length === 0) note(path, 'object');
  }

  walk(schema, '', []);
  return [...typesByPath].map(([path, types]) => ({ page, path, type: [...types].join('|') }));
}
