import type { Answer } from './answer.ts';
import type { Route } from './route.ts';
import { compress } from './send.ts';

/** Keeps answers ready to be sent. */
export interface Memory {
  readonly recall: (route: Route) => Answer | null;
  readonly keep: (route: Route, answer: Answer) => void;
}

/**
 * Makes a memory of up to `max` details, rendered and compressed, so that a benchmark of an export does not pay for the
 * rendering. A conversation stays as it was first asked for: no use where conversations change.
 */
export function makeMemory(max: number, gzipLevel: number | null): Memory {
  const answers = new Map<string, Answer>();
  const keyOf = ({ endpoint, dialect, conversationId }: Route): string | null =>
    endpoint === 'detail' && conversationId !== null ? `${dialect} ${conversationId}` : null;
  return {
    recall(route) {
      const key = max === 0 ? null : keyOf(route);
      return key === null ? null : (answers.get(key) ?? null);
    },
    keep(route, answer) {
      const key = keyOf(route);
      if (key === null || answer.status !== 200 || answers.size >= max) return;
      const body = Buffer.from(answer.body);
      answers.set(key, { ...answer, body, ...(gzipLevel === null ? undefined : { gzip: compress(body, gzipLevel) }) });
    },
  };
}
