import type { TerminalFailure, TransientFailure } from '@voxport/domain';
import { type ConversationSource, openSource } from '../src/open-source.ts';
import type { ResponseEvent } from '../src/request/request.ts';
import type { SourceSettings } from '../src/settings.ts';

export const apiKey = 'sk_secret_0123456789abcdef';

/** A source for a test, closed when its scope ends; `events` holds what `onResponse` was told. */
export function testSource(
  settings: Partial<SourceSettings> & { baseUrl: string },
): ConversationSource & AsyncDisposable & { readonly events: ResponseEvent[] } {
  const events: ResponseEvent[] = [];
  const source = openSource(
    {
      sourceId: 'main',
      dialect: 'elevenlabs',
      apiKey,
      filters: {},
      connectionsMax: 4,
      userAgent: 'voxport-test/1',
      ...settings,
    },
    { onResponse: (event) => void events.push(event) },
  );
  return { ...source, events, [Symbol.asyncDispose]: () => source.close() };
}

/** A signal that is never aborted. */
export const patient = new AbortController().signal;

export const wholeDay = { after: new Date('2026-06-24T00:00:00Z'), before: new Date('2026-06-25T00:00:00Z') };

/** The failure that a promise ends in; a promise that succeeds is a failed test. */
export async function failureOf(promise: Promise<unknown>): Promise<TerminalFailure | TransientFailure> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error(`expected a failure, got ${JSON.stringify(outcome.value)}`);
  return outcome.error as TerminalFailure | TransientFailure;
}
