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

/** What of an OpenAPI document tells the fields of its responses. */
export interface Specification {
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
export function specificationsIn(pageText: string): Specification[] {
  return [...pageText.matchAll(/^```yaml\n(openapi:[\s\S]*?)^```/gm)].map(
    (match) => parse(match[1] ?? '') as Specification,
  );
}

/**
 * A document's structure alone: names, types and references, of the responses of the given routes; no prose, no
 * examples.
 */
export function skeletonOf(specification: Specification, routes: readonly string[]): Specification {
  const schemas: Record<string, Schema> = {};

  function prune(node: Schema): Schema {
    const name = node.$ref?.slice('#/components/schemas/'.length);
    if (name !== undefined && schemas[name] === undefined) {
      const target = specification.components.schemas[name];
      if (target === undefined) throw new Error(`no schema ${name}`);
      schemas[name] = {};
      schemas[name] = prune(target);
    }
    const { $ref, type, properties, additionalProperties, items, oneOf } = node;
    return {
      ...($ref === undefined ? {} : { $ref }),
      ...(type === undefined ? {} : { type }),
      ...(properties === undefined
        ? {}
        : { properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, prune(value)])) }),
      ...(additionalProperties === undefined
        ? {}
        : {
            additionalProperties:
              typeof additionalProperties === 'object' ? prune(additionalProperties) : additionalProperties,
          }),
      ...(items === undefined ? {} : { items: prune(items) }),
      ...(oneOf === undefined ? {} : { oneOf: oneOf.map(prune) }),
    };
  }

  const paths: Record<string, Specification['paths'][string]> = {};
  for (const route of routes) {
    const schema = responseOf(specification, route);
    if (schema !== undefined)
      paths[route] = { get: { responses: { '200': { content: { 'application/json': { schema: prune(schema) } } } } } };
  }
  return { paths, components: { schemas } };
}

function responseOf(specification: Specification, route: string): Schema | undefined {
  return specification.paths[route]?.['get']?.responses['200']?.content['application/json']?.schema;
}

/** The fields of the 200 response of `GET route`, or null where the document has no such operation. */
export function openapiPaths(specification: Specification, route: string, page: string): ApiPath[] | null {
  const schema = responseOf(specification, route);
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
