import { counted } from '@voxport/alerts';
import { TerminalFailure, snakeJson } from '@voxport/domain';
import { retakeWebhooks } from '@voxport/gateway';
import { makeSourcePlanner, type RetriedFailures } from '@voxport/scheduler';
import {
  countFailures,
  decodeBody,
  discardFailures,
  finishRun,
  groupFailures,
  listFailures,
  readFailure,
  readPayload,
  readWebhookBody,
  startRun,
  type Database,
  type FailureFilter,
  type FailureRow,
} from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { withDatabase } from '../export/with-database.ts';
import { withServiceContext } from '../export/with-service-context.ts';
import { failureListText, failureText, groupsText } from '../report/failures-report.ts';
import { UsageError } from '../usage-error.ts';
import { knownSources } from './known-sources.ts';

export interface FailuresOptions {
  readonly filter: FailureFilter;
  /** One by one instead of by class. */
  readonly each: boolean;
  readonly limit: number;
  /** `show` with the payload that came, decoded. */
  readonly payload: boolean;
  /** Lets `retry` and `discard` go without a filter. */
  readonly all: boolean;
  readonly json: boolean;
}

/** `voxport failures`: the open dead letters by class, or one by one. */
export async function listOpenFailures(command: CommandContext, options: FailuresOptions): Promise<ExitCode> {
  return withDatabase<ExitCode>(command, { service: 'failures', schemas: 'required' }, async ({ database }) => {
    const { kysely } = database;
    await knownSources(database, options.filter.sourceId);
    const total = await countFailures(kysely, options.filter);
    const now = new Date();
    if (options.each) {
      const failures = await listFailures(kysely, options.filter, options.limit);
      command.print(
        options.json ? snakeJson({ total, failures }) : failureListText(failures, total, now, command.columns),
      );
    } else {
      const groups = await groupFailures(kysely, options.filter);
      command.print(options.json ? snakeJson({ total, groups }) : groupsText(groups, now, command.columns));
    }
    return 0;
  });
}

/** `voxport failures show`: everything about one, resolved ones included. */
export async function showFailure(
  command: CommandContext,
  failureId: number,
  options: Pick<FailuresOptions, 'payload' | 'json'>,
): Promise<ExitCode> {
  return withDatabase<ExitCode>(command, { service: 'failures', schemas: 'required' }, async ({ database }) => {
    const failure = await readFailure(database.kysely, failureId);
    if (failure === null) {
      command.note(`There is no failure ${failureId}. The open ones: voxport failures --each`);
      return 1;
    }
    const payload = options.payload ? await payloadText(database, failure) : undefined;
    if (options.json) command.print(snakeJson({ ...failure, ...(payload === undefined ? {} : { payload }) }));
    else {
      command.print(failureText(failure, payload, { now: new Date(), columns: command.columns }));
      if (payload !== undefined && payload !== null) command.printExact(`\n${payload}`);
    }
    return 0;
  });
}

/** The bytes that came, as text; null when none were kept, and the reason where they cannot be read. */
async function payloadText({ kysely }: Database, { payloadId, eventId }: FailureRow): Promise<string | null> {
  const stored = payloadId === null ? null : await readPayload(kysely, payloadId);
  if (stored === null && eventId === null) return null;
  try {
    const webhook = eventId === null ? null : await readWebhookBody(kysely, eventId);
    if (webhook !== null) return new TextDecoder().decode(webhook);
    if (stored === null) return null;
    return new TextDecoder().decode(await decodeBody(stored));
  } catch (error) {
    if (error instanceof TerminalFailure) return error.message;
    throw error;
  }
}

/** `voxport failures retry`: has them tried again, by a running fleet or by the next `voxport sync`. */
export async function retryFailures(command: CommandContext, options: FailuresOptions): Promise<ExitCode> {
  const { filter } = options;
  requireFilter(options, 'retry');
  const config = await command.loadConfig({ needsSources: true });
  return withServiceContext<ExitCode>(
    command,
    { config, sourceId: filter.sourceId, service: 'failures' },
    async (context) => {
      const { kysely } = context.database;
      const done: Record<keyof RetriedFailures, number> = {
        retried: 0,
        failedAgain: 0,
        conversations: 0,
        windows: 0,
        payloads: 0,
      };
      if ((await countFailures(kysely, filter)) === 0 && !options.all)
        return noneMatches(command, options.json, { runId: null, runIds: [], ...done, stillOpen: 0 });
      const webhooks = await retakeWebhooks(context, filter);
      const runIds: number[] = [];
      for (const source of context.sources) {
        const { sourceId } = source.config;
        if ((await countOthers(kysely, { ...filter, sourceId })) === 0) continue;
        const runId = await startRun(kysely, { kind: 'retry', sourceId, range: null, filters: {} });
        runIds.push(runId);
        const retried = await makeSourcePlanner(context, source).planRetry(runId, filter);
        for (const key of Object.keys(done) as (keyof RetriedFailures)[]) done[key] += retried[key];
        if (retried.conversations + retried.windows + retried.payloads === 0) await finishRun(kysely, runId);
      }
      const elsewhere = await countFailures(kysely, filter);
      command.print(
        options.json
          ? snakeJson({ runId: runIds[0] ?? null, runIds, ...done, webhooks: webhooks.taken, stillOpen: elsewhere })
          : `${counted(done.retried, 'failure is', 'failures are')} tried again: ${counted(done.conversations, 'conversation', 'conversations')}, ${counted(done.windows, 'window', 'windows')}, ${counted(done.payloads, 'payload', 'payloads')}.` +
              (webhooks.taken > 0 ? `\n${counted(webhooks.taken, 'webhook was', 'webhooks were')} read.` : '') +
              (webhooks.unreadable > 0
                ? `\n${counted(webhooks.unreadable, 'webhook', 'webhooks')} cannot be read by this version either.`
                : '') +
              (done.retried + webhooks.taken > 0 ? '\nA running fleet works on them; without one: voxport sync' : '') +
              (elsewhere > 0
                ? `\n${counted(elsewhere, 'failure stays', 'failures stay')} open: failed again, or of a source that is not configured.`
                : ''),
      );
      return 0;
    },
  );
}

/** `voxport failures discard`: closes them for good. */
export async function discardOpenFailures(command: CommandContext, options: FailuresOptions): Promise<ExitCode> {
  requireFilter(options, 'discard');
  return withDatabase<ExitCode>(
    command,
    { service: 'failures', schemas: 'required' },
    async ({ database: { kysely } }) => {
      const discarded = await discardFailures(kysely, options.filter);
      if (discarded === 0 && !options.all) return noneMatches(command, options.json, { discarded });
      command.print(
        options.json ? snakeJson({ discarded }) : `${counted(discarded, 'failure is', 'failures are')} discarded.`,
      );
      return 0;
    },
  );
}

/**
 * A filter that matches nothing was mistyped, or somebody came first: nothing was done, and a script may want to know.
 */
function noneMatches(command: CommandContext, json: boolean, answer: object): ExitCode {
  if (json) command.print(snakeJson(answer));
  command.note('No open failure is of that kind. The open ones: voxport failures');
  return 1;
}

/** A slip of the hand must not retry, or throw away, everything. */
function requireFilter({ filter, all }: FailuresOptions, action: string): void {
  if (all || Object.values(filter).some((condition) => condition !== null)) return;
  throw new UsageError(
    `failures ${action} needs to know which: give --class, --source, --stage, --since, --until or --id, or --all for every open failure.`,
  );
}

/** How many open failures a filter means that are no webhook's: these a run is made for. */
async function countOthers(kysely: Database['kysely'], filter: FailureFilter): Promise<number> {
  if (filter.stage === 'webhook') return 0;
  const all = await countFailures(kysely, filter);
  return filter.stage === null ? all - (await countFailures(kysely, { ...filter, stage: 'webhook' })) : all;
}
