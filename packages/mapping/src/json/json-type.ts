import { isRawJson } from './raw-json.ts';

export type JsonType = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null';

/** The JSON type name of a parsed value; what a parse cannot give (undefined) counts as null. */
export function jsonType(value: unknown): JsonType {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
    case 'bigint':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'array';
      return isRawJson(value) ? 'number' : 'object';
    default:
      return 'null';
  }
}
