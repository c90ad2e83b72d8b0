import type { DialectAdapter } from './dialect-adapter.ts';

/** The path of a conversation's detail. */
export function conversationPath(basePath: string, words: DialectAdapter, conversationId: string): string {
  return `${basePath}${words.collectionPath}/${pathStep(conversationId)}`;
}

/**
 * Percent-encodes an id as one step of a path; `.` and `..`, which encoding leaves as they are, would lead elsewhere.
 */
function pathStep(conversationId: string): string {
  return encodeURIComponent(conversationId.toWellFormed()).replaceAll(/^\.{1,2}$/g, (dots) =>
    '%2E'.repeat(dots.length),
  );
}
