import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TerminalFailure, type ListFilters } from '@voxport/domain';
import type { ServiceContext } from '@voxport/runtime';
import { parseSourceFilters } from '@voxport/source';
import {
  cancelRun,
  countFailures,
  discardFailures,
  failureStages,
  pauseRun,
  requestRun,
  resumeRun,
  type FailureFilter,
} from '@voxport/warehouse';
import type { Session, Sessions } from '../auth/session.ts';
import { formOf, isOwnForm, takeForms } from '../auth/form.ts';
import type { Guard } from '../auth/operator-guard.ts';
import type { Pages } from './page-routes.ts';
import { retakeWebhooks } from '../webhooks/retake-webhooks.ts';
import { readBackfillForm } from './read-backfill-form.ts';

export interface ActionRoutesOptions {
  readonly context: ServiceContext;
  readonly guard: Guard;
  readonly sessions: Sessions;
  readonly pages: Pages;
}

/** Adds what operators do: begin backfills, try failures again or discard them, pause, resume and cancel runs. */
export function addActionRoutes(app: FastifyInstance, { context, guard, sessions, pages }: ActionRoutesOptions): void {
  const { kysely } = context.database;
  const { logger, sources } = context;
  takeForms(app);

  function post(
    path: string,
    act: (
      form: URLSearchParams,
      request: FastifyRequest,
      reply: FastifyReply,
      session: Session,
    ) => Promise<FastifyReply>,
  ): void {
    app.post(path, async (request, reply) => {
      const session = await guard(request, reply);
      if (session === null || !(await isOwnForm(request, reply, session, sessions))) return reply;
      return act(formOf(request), request, reply, session);
    });
  }

  post('/backfills', async (form, request, reply, session) => {
    // Of a source in mode: webhook there is nothing to list.
    const polled = sources.filter(({ config }) => config.mode !== 'webhook').map(({ config }) => config.sourceId);
    const asked = readBackfillForm(form, { sourceIds: polled, now: new Date() });
    if (asked.problem !== null) return pages.showRuns(request, reply, session, asked.form, asked.problem);
    const filters: ListFilters = asked.form.agent === '' ? {} : { agent_id: asked.form.agent };
    const problem = filterProblem(filters, asked.sourceIds);
    if (problem !== null) return pages.showRuns(request, reply, session, asked.form, problem);
    const runIds = await requestRun(kysely, {
      sourceIds: asked.sourceIds,
      request: { kind: 'backfill', range: asked.range, filters },
    });
    logger.info({ runIds, sourceIds: asked.sourceIds }, 'an operator has asked for a backfill');
    wakeSchedulers(asked.sourceIds);
    return reply.redirect(`/runs?done=backfill&n=${runIds.at(-1)}`, 303);
  });

  post('/failures/retry', async (form, _request, reply) => {
    const filter = failureFilter(form);
    // A webhook that could not be read is read again at once, here: no run has a part in it.
    const webhooks = isOfStage(filter, 'webhook') ? await retakeWebhooks(context, filter) : { taken: 0, unreadable: 0 };
    if (webhooks.taken > 0) logger.info({ webhooks: webhooks.taken }, 'an operator has had webhooks read again');
    const sourceIds = sources
      .map(({ config }) => config.sourceId)
      .filter((id) => filter.sourceId === null || filter.sourceId === id);
    let meant = 0;
    const concerned: string[] = [];
    for (const sourceId of sourceIds) {
      const count = await countOthers({ ...filter, sourceId });
      meant += count;
      if (count > 0) concerned.push(sourceId);
    }
    if (concerned.length === 0 && webhooks.taken > 0) return back(reply, form, 'read', webhooks.taken);
    if (concerned.length === 0 && webhooks.unreadable > 0) return back(reply, form, 'unreadable', webhooks.unreadable);
    if (concerned.length === 0) return back(reply, form, 'none', 0);
    const runIds = await requestRun(kysely, { sourceIds: concerned, request: { kind: 'retry', failures: filter } });
    logger.info({ runIds, failures: meant }, 'an operator has failures tried again');
    wakeSchedulers(concerned);
    return back(reply, form, 'retry', meant);
  });

  post('/failures/discard', async (form, _request, reply) => {
    const discarded = await discardFailures(kysely, failureFilter(form));
    logger.info({ failures: discarded }, 'an operator has discarded failures');
    return back(reply, form, 'discard', discarded);
  });

  const runControl = { pause: pauseRun, resume: resumeRun, cancel: cancelRun };
  for (const [action, control] of Object.entries(runControl)) {
    post(`/runs/:id/${action}`, async (_form, request, reply) => {
      const { id } = request.params as { id: string };
      const runId = /^\d{1,15}$/u.test(id) ? Number(id) : 0;
      const controlled = await control(kysely, runId);
      if (controlled.kind === 'controlled') logger.info({ runId, action }, 'an operator has controlled a run');
      const done = controlled.kind === 'controlled' || controlled.kind === 'already' ? action : 'ended';
      return reply.redirect(`/runs?done=${done}&n=${runId}`, 303);
    });
  }

  /** Failures that a run tries again. */
  async function countOthers(filter: FailureFilter): Promise<number> {
    const all = await countFailures(kysely, filter);
    return isOfStage(filter, 'webhook') ? all - (await countFailures(kysely, { ...filter, stage: 'webhook' })) : all;
  }

  /** The sweep finds what was asked for as well, some seconds later. */
  function wakeSchedulers(sourceIds: readonly string[]): void {
    for (const { config, producer } of sources) {
      if (!sourceIds.includes(config.sourceId)) continue;
      producer
        .requestPlanning()
        .catch((error: unknown) =>
          logger.warn({ err: error }, 'the scheduler could not be woken: its sweep looks soon'),
        );
    }
  }

  function filterProblem(filters: ListFilters, sourceIds: readonly string[]): string | null {
    for (const { config } of sources) {
      if (!sourceIds.includes(config.sourceId)) continue;
      try {
        parseSourceFilters(config.dialect, filters);
      } catch (error) {
        if (error instanceof TerminalFailure) return error.message;
        throw error;
      }
    }
    return null;
  }
}

function isOfStage({ stage }: FailureFilter, wanted: FailureFilter['stage']): boolean {
  return stage === null || stage === wanted;
}

/** At least a source: a form that says less than the page's own closes nothing. */
function failureFilter(form: URLSearchParams): FailureFilter {
  const id = form.get('id');
  const sourceId = form.get('source') ?? '';
  const isNamed = id === null || /^\d{1,15}$/u.test(id);
  return {
    sourceId,
    stage: failureStages.find((stage) => stage === form.get('stage')) ?? null,
    errorClass: form.get('class'),
    since: null,
    until: null,
    ids: id === null ? null : isNamed ? [Number(id)] : [],
  };
}

function back(reply: FastifyReply, form: URLSearchParams, done: string, number: number): FastifyReply {
  // One of several: the operator continues with the others.
  const source = form.get('id') === null ? '' : `source=${encodeURIComponent(form.get('source') ?? '')}&`;
  return reply.redirect(`/failures?${source}done=${done}&n=${number}`, 303);
}
