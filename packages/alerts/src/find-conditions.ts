import type { Condition } from '@voxport/domain';
import type { Observation, RuleSettings } from './observation.ts';
import { consumptionStuck, idleSince, queueFingerprint, queueSilent } from './rules/consumption-stuck.ts';
import { deadLetters } from './rules/dead-letters.ts';
import { fleetSilent } from './rules/fleet-silent.ts';
import { freshness } from './rules/freshness.ts';
import { disk, queueMemory } from './rules/room.ts';
import { schemaDrift } from './rules/schema-drift.ts';
import { slowRun } from './rules/slow-run.ts';
import { sourcePaused } from './rules/source-paused.ts';
import { verificationGaps } from './rules/verification-gaps.ts';
import { webhookSilent } from './rules/webhook-silent.ts';
import { secsBetween } from './words.ts';

/** A store that is restarted is away for a moment. */
const queueSilentSecs = 60;

/** Everything that is not as it should be, by one evaluation. Pure: the same evaluation finds the same. */
export function findConditions(observation: Observation, settings: RuleSettings): Condition[] {
  const { now, watchedSince, sources, place } = observation;
  return [
    ...fleetSilent(place.roles, now, watchedSince),
    ...queueSilent(place.queueSilentSince, now, queueSilentSecs),
    ...sources.flatMap((source) => [
      ...sourcePaused(source, now),
      // Where the store itself is silent, every stage of every source would say so.
      ...(place.queueSilentSince === null ? consumptionStuck(source, now, watchedSince, settings.stuckAfterSecs) : []),
      ...freshness(source, now, watchedSince),
      ...deadLetters(source, now, settings),
      ...slowRun(source),
      ...verificationGaps(source),
      ...schemaDrift(source),
      ...webhookSilent(source, now, settings.webhookSilentAfterSecs),
    ]),
    ...disk(place, now),
    ...queueMemory(place, now),
  ];
}

/**
 * Whether an evaluation can say nothing of an alert, because the queue's store did not answer: it then stays as it is.
 */
export function isUnknown(
  { place }: Observation,
  { kind, fingerprint }: Pick<Condition, 'kind' | 'fingerprint'>,
): boolean {
  if (place.queueSilentSince === null) return false;
  return kind === 'queue_memory' || (kind === 'consumption_stuck' && fingerprint !== queueFingerprint);
}

/**
 * What a dead man's switch is told within, seconds: a sweep is due every five, and a job that waits for so long does
 * not wait for its turn.
 */
const aliveSecs = { plan: 60, fetch: 120, load: 300 } as const;
const workerSilentSecs = 60;

/**
 * Whether the pipeline really consumes: every source that is not paused is swept, has a worker, and nothing of it waits
 * without being taken up. The dead man's switch is called only while this holds; where every source is paused it does
 * not.
 */
export function isConsuming({ now, sources, place }: Observation): boolean {
  const working = sources.filter(({ signs }) => signs.pausedAt === null);
  return (
    place.queueSilentSince === null &&
    working.length > 0 &&
    working.every(
      (source) =>
        source.signs.workerSeenAt !== null &&
        secsBetween(source.signs.workerSeenAt, now) <= workerSilentSecs &&
        [...idleSince(source, new Date(0))].every(([stage, since]) => secsBetween(since, now) <= aliveSecs[stage]),
    )
  );
}
