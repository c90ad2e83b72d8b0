import type { SourceContext } from '@voxport/runtime';
import { UsageError } from '../usage-error.ts';

/** A source whose API is never asked: all that is known of its calls is what webhooks bring. */
export function isPolled({ config }: Pick<SourceContext, 'config'>): boolean {
  return config.mode !== 'webhook';
}

/**
 * The sources whose API can be asked; the others are told by `note`.
 * Throws a UsageError where there is none: what was asked for (`what`, as in "be verified") cannot be done.
 */
export function polledSources(
  sources: readonly SourceContext[],
  what: string,
  note: (text: string) => void,
): readonly SourceContext[] {
  const polled = sources.filter(isPolled);
  const others = sources.filter((source) => !isPolled(source)).map(({ config }) => config.sourceId);
  if (others.length === 0) return polled;
  const one = others.length === 1;
  const text = `${one ? 'Source' : 'Sources'} ${others.join(', ')} ${one ? 'has' : 'have'} mode: webhook: the API is never asked, so that ${one ? 'it' : 'they'} cannot ${what}.`;
  if (polled.length === 0) throw new UsageError(`${text} Where the API keeps its conversations, set mode: poll.`);
  note(text);
  return polled;
}
