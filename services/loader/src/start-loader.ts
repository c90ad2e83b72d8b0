import { describeFailure } from '@voxport/domain';
import { consume, loadSlots } from '@voxport/jobs';
import { watchConsumption, type ServiceContext, type SourceContext } from '@voxport/runtime';
import { makeLoadBatch } from './load-batch.ts';
import { makeLoadLanded } from './load-landed.ts';
import { loadSettings } from './load-settings.ts';
import { makeOneAtATime, type OneAtATime } from './one-at-a-time.ts';

/**
 * Starts to load for every source of the context. `close` finishes the batch under way, hands the wake-up back, and
 * resolves when none is left.
 */
export async function startLoader(context: ServiceContext): Promise<{ close: () => Promise<void> }> {
  await using opened = new AsyncDisposableStack();
  const oneLarge = makeOneAtATime();
  for (const source of context.sources) opened.use(await startSourceLoader(context, source, oneLarge));
  const kept = opened.move();
  return { close: () => kept.disposeAsync() };
}

async function startSourceLoader(
  context: ServiceContext,
  { config, producer }: SourceContext,
  oneLarge: OneAtATime,
): Promise<AsyncDisposable> {
  const { database, engine, logger, metrics, outages, traces } = context;
  const { sourceId } = config;
  const log = logger.child({ sourceId });
  const record = metrics.ofSource(sourceId);
  const loadBatch = makeLoadBatch({
    ...loadSettings(config),
    database,
    logger: log,
    ...(context.landedBodies === undefined ? {} : { landedBodies: context.landedBodies }),
    oneLarge,
    onLoaded: record.batchLoaded,
    recordSpans: traces.record,
  });
  await using opened = new AsyncDisposableStack();
  const consumer = await consume(engine, {
    sourceId,
    kind: 'load',
    concurrency: loadSlots,
    handlers: { 'load-landed': makeLoadLanded({ loadBatch }) },
    onFailure: async (job, error, decision, attempt) => {
      const { code, message } = describeFailure(error);
      // What has landed stays landed: the sweep wakes it again, whatever becomes of this wake-up.
      const level = decision.kind === 'dead_letter' ? 'error' : 'warn';
      const fields = { job: job.name, ...job.payload, errorClass: code, attempt, decision: decision.kind };
      if (code === 'database') outages.report({ store: 'database', error, logger: log, level, fields, what: message });
      else log[level]({ ...fields, ...(code === 'unexpected' ? { err: error } : {}) }, message);
    },
    onError: (error) => outages.report({ store: 'queue', error, logger: log, what: 'the queue reports an error' }),
    onStalled: (jobId) => log.warn({ jobId }, 'a wake-up job of a process that died was reclaimed'),
    onEnd: record.jobEnded,
  });
  opened.defer(() => consumer.close());
  opened.defer(watchConsumption(context, { producer, sourceId, kind: 'load', consumer }));
  return opened.move();
}
