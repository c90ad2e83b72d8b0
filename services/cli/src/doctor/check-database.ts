import {
  inspectDatabase,
  migrationStatus,
  readOnlyReason,
  readOnlyRemedy,
  type DatabaseInspection,
} from '@voxport/warehouse';
import { connectToInspect } from './connect-to-inspect.ts';
import { fail, ok, sentence, warn, type Finding } from './finding.ts';

/** A database that is just starting is waited for. */
const waitMs = 5000;
/**
 * Beyond it, ages in the logs and the status mislead; the order of observations does not depend on this machine's
 * clock.
 */
const clockDifferenceMaxMs = 2000;

/**
 * Checks the warehouse: reachable, its version, what this user may do, its migrations, and its clock against this
 * machine's.
 */
export async function checkDatabase(url: string, signal: AbortSignal): Promise<Finding[]> {
  await using database = connectToInspect(url);
  try {
    await database.waitForDatabase(signal, waitMs);
  } catch (error) {
    if (signal.aborted) throw error;
    return [
      fail('database', sentence(error), 'Remedy what it says, or unset DATABASE_URL to use the embedded Postgres.'),
    ];
  }
  const askedMs = Date.now();
  const inspection = await inspectDatabase(database.kysely);
  const answeredMs = Date.now();
  const status = await migrationStatus(database.kysely);
  return [
    ok('database', `PostgreSQL ${inspection.serverVersion} answers, as user ${inspection.user}`),
    ...rights(inspection, status.pending.length > 0),
    migrations(status),
    clock(inspection.now.getTime() - (askedMs + answeredMs) / 2),
  ];
}

function rights(inspection: DatabaseInspection, needsMigration: boolean): Finding[] {
  const { user, isReadOnly, schemasWithoutRights, tablesWithoutRights, canCreateSchemas } = inspection;
  const { excessRights, isOwner } = inspection;
  if (isReadOnly) {
    return [
      fail(
        'rights',
        readOnlyReason(inspection.isStandby),
        readOnlyRemedy(inspection.databaseName, inspection.isStandby),
      ),
    ];
  }
  if (schemasWithoutRights.length > 0 || tablesWithoutRights.length > 0) {
    const [first] = [...schemasWithoutRights, ...tablesWithoutRights];
    return [
      fail(
        'rights',
        `user ${user} may not write everything of Voxport's, e.g. ${first}`,
        `Make it a member of the services' role: grant voxport_app to ${user}. Then run voxport migrate as the owner.`,
      ),
    ];
  }
  if (!canCreateSchemas && needsMigration) {
    return [
      fail(
        'rights',
        `user ${user} may not create schemas in this database`,
        `Grant it: grant create on database <name> to ${user}. Or run voxport migrate as a user who may.`,
      ),
    ];
  }
  if (excessRights.length > 0 || (isOwner && !needsMigration)) {
    const excess = [...excessRights, ...(isOwner ? ['the ownership of the schemas'] : [])].join(', ');
    return [
      warn(
        'rights',
        `user ${user} has more rights than the services need: ${excess}`,
        "Let them run as a member of voxport_app: create role voxport_service login password '…' in role voxport_app; give its URL to DATABASE_URL, and this one to DATABASE_OWNER_URL, for voxport migrate.",
      ),
    ];
  }
  return [ok('rights', `user ${user} may do what Voxport needs`)];
}

function migrations({ applied, pending, obstacle }: Awaited<ReturnType<typeof migrationStatus>>): Finding {
  if (obstacle !== null) return fail('migrations', obstacle.problem, obstacle.remedy);
  if (pending.length > 0) return warn('migrations', `${pending.length} are to be run`, 'Run: voxport migrate');
  return ok('migrations', `all ${applied.length} are applied`);
}

function clock(differenceMs: number): Finding {
  const secs = (Math.abs(differenceMs) / 1000).toFixed(1);
  if (Math.abs(differenceMs) <= clockDifferenceMaxMs)
    return ok('clock', 'this machine and the database agree on the time');
  return warn(
    'clock',
    `this machine is ${secs} s ${differenceMs > 0 ? 'behind' : 'ahead of'} the database`,
    'Let both machines keep their time by NTP.',
  );
}
