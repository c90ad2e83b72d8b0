import { isQuiet } from '@voxport/domain';
import type { ServiceContext } from '@voxport/runtime';
import { changeAlerts, type ChangedAlerts } from '@voxport/warehouse';
import { findConditions, isUnknown } from './find-conditions.ts';
import type { Observation } from './observation.ts';
import { planChanges } from './plan-changes.ts';

/** Changes the open alerts by one evaluation of the pipeline; null when another scheduler's evaluation was as good. */
export async function evaluate(
  { database: { kysely }, sources, alerts }: Pick<ServiceContext, 'database' | 'sources' | 'alerts'>,
  observation: Observation,
): Promise<ChangedAlerts | null> {
  const { now } = observation;
  const conditions = findConditions(observation, alerts);
  return changeAlerts(kysely, {
    now,
    // Timers of several schedulers are not exact: an evaluation a little early is the same evaluation.
    everyMs: alerts.evaluateEverySecs * 900,
    sourceIds: sources.map(({ config }) => config.sourceId),
    receivers: alerts.receivers.map(({ name, minSeverity, quietHours }) => ({
      name,
      minSeverity,
      isQuiet: quietHours !== null && isQuiet(quietHours, now),
    })),
    plan: (open) =>
      planChanges({
        open,
        conditions,
        isUnknown: (alert) => isUnknown(observation, alert),
        now,
        remindAfterMs: alerts.remindAfterSecs * 1000,
      }),
  });
}
