import type { Json } from '../model/types.ts';

/** A condition `name:op:value` of the list's parameters. */
export interface Comparison {
  readonly name: string;
  readonly op: string;
  readonly value: string;
}

/** Splits `name:op:value`; the value may hold colons. */
export function parseComparison(param: string): Comparison {
  const [name = '', op = '', ...value] = param.split(':');
  return { name, op, value: value.join(':') };
}

/**
 * Whether a value meets the condition. An empty value asks for "not collected" (`eq`) or "collected" (`neq`); an
 * unknown operator meets nothing.
 */
export function compareValue({ op, value }: Comparison, actual: Json): boolean {
  const isMissing = actual === null;
  const text = typeof actual === 'string' ? actual : JSON.stringify(actual);
  const number = typeof actual === 'number' ? actual : Number.NaN;
  switch (op) {
    case 'exists':
      return !isMissing;
    case 'missing':
      return isMissing;
    case 'eq':
      return value === '' ? isMissing : !isMissing && text === value;
    case 'neq':
      return value === '' ? !isMissing : isMissing || text !== value;
    case 'in':
      return !isMissing && value.split('|').includes(text);
    case 'gt':
      return number > Number(value);
    case 'gte':
      return number >= Number(value);
    case 'lt':
      return number < Number(value);
    case 'lte':
      return number <= Number(value);
    default:
      return false;
  }
}
