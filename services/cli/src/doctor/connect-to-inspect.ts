import { connectDatabase, type Database } from '@voxport/warehouse';

/**
 * Connects to a database to look at it, by one session. A session that is cut shows in the statement that it cuts, and
 * is told as what was found.
 */
export function connectToInspect(url: string, settingName = 'DATABASE_URL'): Database {
  return connectDatabase({
    url,
    settingName,
    poolSizeMax: 1,
    applicationName: 'voxport doctor',
    onPoolError: () => {},
  });
}
