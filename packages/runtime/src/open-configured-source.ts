import { version } from '@voxport/domain';
import { openSource, type ConversationSource, type ResponseEvent } from '@voxport/source';
import type { SourceConfig } from './config/config.ts';

/** What Voxport calls itself to an API. */
const userAgent = `voxport/${version}`;

/**
 * Opens the API of a configured source, with its key; the caller closes it. `connectionsMax` is how many requests the
 * caller may have in flight.
 * @throws TerminalFailure (`invalid_request`) for settings that cannot work.
 */
export function openConfiguredSource(
  config: SourceConfig,
  options: { connectionsMax: number; onResponse?: (event: ResponseEvent) => void },
): ConversationSource {
  const { connectionsMax, onResponse } = options;
  return openSource(
    {
      ...config,
      apiKey: config.apiKey.reveal(),
      connectionsMax,
      userAgent,
      ...(config.audio === null ? {} : { recordingBytesMax: config.audio.recordingBytesMax }),
    },
    onResponse === undefined ? {} : { onResponse },
  );
}
