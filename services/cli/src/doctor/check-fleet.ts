import { fleetSilent } from '@voxport/alerts';
import { databaseNow, readRoleHeartbeats } from '@voxport/warehouse';
import { connectToInspect } from './connect-to-inspect.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

/**
 * Checks that each role of the fleet that had a process of late has one. Says nothing where only commands are run, and
 * where the tables are not there: that is told already.
 */
export async function checkFleet(url: string): Promise<Finding[]> {
  await using database = connectToInspect(url);
  try {
    const roles = await readRoleHeartbeats(database.kysely);
    if (roles.length === 0) return [];
    const silent = fleetSilent(roles, await databaseNow(database.kysely), new Date(0));
    if (silent.length > 0) {
      return silent.map(({ severity, title, detail, remedy }) =>
        (severity === 'critical' ? fail : warn)('fleet', `${title}. ${detail}`, remedy),
      );
    }
    const alive = roles.filter(({ processes }) => processes > 0);
    return [ok('fleet', alive.map(({ role, processes }) => `${processes} × ${role}`).join(', ') || 'stopped')];
  } catch {
    return [];
  }
}
