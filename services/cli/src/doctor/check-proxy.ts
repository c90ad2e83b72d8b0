import { proxyOf } from '@voxport/domain';
import type { Config } from '@voxport/runtime';
import { ok, type Finding } from './finding.ts';

/**
 * Tells by which proxy each address is reached that requests are sent to; nothing where no proxy is set. Credentials
 * are no part of it.
 */
export function checkProxy({
  proxy = null,
  sources,
  alerts,
  traces,
}: Pick<Config, 'proxy' | 'sources' | 'alerts' | 'traces'>): Finding[] {
  if (proxy === null) return [];
  const ways = [
    ...sources.map(({ sourceId, baseUrl }) => ({ what: sourceId, url: baseUrl })),
    ...sources.flatMap(({ sourceId, audio }) =>
      audio !== null && 's3' in audio.store
        ? [
            {
              what: `the recordings of ${sourceId}`,
              url: audio.store.s3.endpoint ?? `https://${audio.store.s3.bucket}.s3.amazonaws.com`,
            },
          ]
        : [],
    ),
    ...alerts.receivers.map(({ name, url }) => ({ what: `the alert receiver ${name}`, url: url.reveal() })),
    ...(alerts.heartbeat === null ? [] : [{ what: 'the heartbeat', url: alerts.heartbeat.url.reveal() }]),
    ...(traces === null ? [] : [{ what: 'the traces', url: traces.endpoint }]),
  ];
  const told = ways.map(({ what, url }) => {
    const used = proxyOf(url, proxy);
    return `${what} ${used === null ? 'straight' : `by ${used.place} (${used.setting})`}`;
  });
  return [ok('proxy', told.length === 0 ? 'set, and nothing is asked by it' : told.join('; '))];
}
