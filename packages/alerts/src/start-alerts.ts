import { repeat, type ServiceContext } from '@voxport/runtime';
import { claimHeartbeat, databaseNow, releaseHeartbeat, tidyAlerts } from '@voxport/warehouse';
import { deliverDue } from './deliver.ts';
import { evaluate } from './evaluate.ts';
import { isConsuming } from './find-conditions.ts';
import { observe, observedSources } from './observe.ts';
import type { Observation } from './observation.ts';
import { callUrl } from './post.ts';

const deliverEveryMs = 2000;
const tidyEveryMs = 3_600_000;
const closeMs = 2000;

/**
 * Starts to evaluate the pipeline regularly, by a clock of this process's own: what is wrong with the queue must not
 * keep the alert about it from going out. Every scheduler of a fleet does; each alert is told once.
 * @param options.now the time that everything is measured by; the database's unless a test has another.
 */
export async function startAlerts(
  context: ServiceContext,
  options: { now?: () => Promise<Date>; deliverEveryMs?: number } = {},
): Promise<{ close: () => Promise<void> }> {
  const { database, alerts, logger, outages } = context;
  const { kysely } = database;
  const now = options.now ?? (() => databaseNow(kysely));
  const closing = new AbortController();
  const watchedSince = await now();
  let queueSilentSince: Date | null = null;
  let tidiedMs = Number.NEGATIVE_INFINITY;

  async function evaluateOnce(): Promise<void> {
    const observation = await observe(context, {
      sources: observedSources(context),
      databaseBytesMax: alerts.databaseBytesMax,
      now: await now(),
      watchedSince,
      queueSilentSince,
      notesWaiting: true,
    });
    queueSilentSince = observation.place.queueSilentSince;
    const changed = await evaluate(context, observation);
    for (const { kind, severity, title, alertId } of changed?.opened ?? []) {
      logger.warn({ alertId, kind, severity }, `alert: ${title}`);
    }
    for (const { kind, title, alertId } of changed?.recovered ?? []) {
      logger.info({ alertId, kind }, `recovered: ${title}`);
    }
    await beat(observation);
    if (performance.now() - tidiedMs >= tidyEveryMs) {
      tidiedMs = performance.now();
      const expired = await tidyAlerts(kysely, observation.now);
      if (expired > 0)
        logger.error({ expired }, 'alerts were not taken by their receiver for a week, and are given up');
    }
  }

  async function beat(observation: Observation): Promise<void> {
    const { heartbeat } = alerts;
    if (heartbeat === null || !isConsuming(observation)) return;
    // Timers are not exact: a beat a little early is better than one in two left out.
    const everyMs = heartbeat.everySecs * 1000 - Math.min(1000, alerts.evaluateEverySecs * 100);
    if (!(await claimHeartbeat(kysely, { now: observation.now, everyMs }))) return;
    const result = await callUrl(heartbeat.url.reveal(), heartbeat.proxy ?? null, closing.signal);
    if (result.kind === 'taken') return;
    await releaseHeartbeat(kysely);
    if (!closing.signal.aborted)
      logger.warn(`the heartbeat was not taken: ${result.status ?? 'no answer'}: ${result.said}`);
  }

  async function deliver(): Promise<void> {
    await Promise.all(
      alerts.receivers.map((receiver) => deliverDue(kysely, receiver, { now, logger, signal: closing.signal })),
    );
  }

  const repeated = (everyMs: number, what: string, step: () => Promise<void>): AsyncDisposable =>
    repeat({
      everyMs,
      begins: 'at once',
      step,
      onError: (error) => outages.report({ store: 'database', error, logger, what }),
      closeWithinMs: closeMs,
    });
  const running = [
    repeated(alerts.evaluateEverySecs * 1000, 'the pipeline could not be evaluated for alerts', evaluateOnce),
    ...(alerts.receivers.length === 0
      ? []
      : [repeated(options.deliverEveryMs ?? deliverEveryMs, 'alerts could not be delivered', deliver)]),
  ];
  return {
    async close() {
      closing.abort();
      await Promise.all(running.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}
