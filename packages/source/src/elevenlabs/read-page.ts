import type { PageParts } from '../rows/page-parts.ts';
import { readRows } from '../rows/read-rows.ts';
import { isObject, numberOf, textOf } from '../rows/values.ts';
import { readRow } from './read-row.ts';

/** Reads `{conversations[], next_cursor, has_more}`; a sentence on what is wrong when that is not what came. */
export function readPage(json: unknown): PageParts | string {
  if (!isObject(json)) return 'the answer is no JSON object';
  const rows = json['conversations'];
  if (!Array.isArray(rows)) return 'the answer has no array "conversations"';
  return {
    ...readRows(rows, readRow),
    nextCursor: textOf(json['next_cursor']),
    hasMore: json['has_more'],
    totalCount: numberOf(json['total_count']),
  };
}
