import type { Config } from '@voxport/runtime';
import { disk, readDisks } from '@voxport/alerts';
import { readDatabaseSize } from '@voxport/warehouse';
import { connectToInspect } from './connect-to-inspect.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

/**
 * Checks the room that is left, by the rules of the alerts: the database within its limit, and the disks that are on
 * this machine.
 */
export async function checkRoom(
  url: string,
  { alerts, sources }: Pick<Config, 'alerts' | 'sources'>,
): Promise<Finding[]> {
  await using database = connectToInspect(url);
  const { bytes, dataDirectory } = await readDatabaseSize(database.kysely);
  const disks = await readDisks([
    ...(dataDirectory === null ? [] : [{ what: 'the database', path: dataDirectory }]),
    ...sources.flatMap(({ sourceId, audio }) =>
      audio !== null && 'directory' in audio.store
        ? [{ what: `the recordings of ${sourceId}`, path: audio.store.directory }]
        : [],
    ),
  ]);
  const conditions = disk({ databaseBytes: bytes, databaseBytesMax: alerts.databaseBytesMax, disks }, new Date());
  if (conditions.length > 0) {
    return conditions.map(({ severity, title, remedy }) =>
      (severity === 'critical' ? fail : warn)('disk', title, remedy),
    );
  }
  const megabytes = (value: number): string => `${Math.round(value / 1024 ** 2).toLocaleString('en-US')} MB`;
  const free = disks.map(({ what, freeBytes }) => `${megabytes(freeBytes)} are free where ${what} is`);
  return [ok('disk', [`the database has ${megabytes(bytes)}`, ...free].join('; '))];
}
