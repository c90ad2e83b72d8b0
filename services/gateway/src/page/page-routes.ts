import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { fleetSilent } from '@voxport/alerts';
import { snakeJson } from '@voxport/domain';
import type { ServiceContext } from '@voxport/runtime';
import {
  countFailures,
  databaseNow,
  failureStages,
  firstKnownDay,
  groupFailures,
  listFailures,
  listOpenAlerts,
  listRun,
  listRuns,
  listWebhookEvents,
  readCoverage,
  readFreshness,
  readMissingCoverage,
  readRoleHeartbeats,
  readSamples,
  windowsOfRun,
  type FailureFilter,
} from '@voxport/warehouse';
import type { Session } from '../auth/session.ts';
import type { Guard } from '../auth/operator-guard.ts';
import { coveragePage, dayPage } from './coverage.ts';
import { failuresPage } from './failures.ts';
import type { Html } from './html.ts';
import { notice, page, plainPage, type AssetNames, type PageOptions, type Place } from './layout.ts';
import { dayOf } from './read-backfill-form.ts';
import { addMonths, monthEnd, monthOf } from './months.ts';
import { noticeOf } from './notices.ts';
import { overview, spans } from './overview.ts';
import { readQueueDepths } from './read-queue-depths.ts';
import { runPage, runsPage, type BackfillForm } from './runs.ts';
import { webhookEventsPage } from './webhook-events.ts';
import { html } from './html.ts';

export interface PageRoutesOptions {
  readonly context: ServiceContext;
  readonly guard: Guard;
  readonly assets: AssetNames;
  /** Where webhooks are to be sent, without the source's name. */
  readonly webhookAddress: () => string;
}

const runsShown = 20;
const failuresShown = 100;
const windowsShown = 200;
const eventsShown = 50;
const monthsShown = 6;
const missingShown = 8;
const missingMax = 1000;
const anyFailure: FailureFilter = {
  sourceId: null,
  stage: null,
  errorClass: null,
  since: null,
  until: null,
  ids: null,
};

type Query = Readonly<Record<string, string | undefined>>;

/** Shows a page; the form of a backfill comes with what was wrong in it. */
export interface Pages {
  readonly showRuns: (
    request: FastifyRequest,
    reply: FastifyReply,
    session: Session,
    form: BackfillForm,
    problem: string | null,
  ) => Promise<FastifyReply>;
}

/** Adds the pages that operators read. */
export function addPageRoutes(app: FastifyInstance, options: PageRoutesOptions): Pages {
  const { context, guard, assets } = options;
  const { kysely } = context.database;
  const configured = context.sources.map(({ config }) => config.sourceId);

  async function show(
    reply: FastifyReply,
    parts: Pick<PageOptions, 'title' | 'session'> & { place: Place; content: Html; query: Query; isLive?: boolean },
    status = 200,
  ): Promise<FastifyReply> {
    const openFailures = await countFailures(kysely, anyFailure);
    const told = noticeOf(parts.query);
    const content = told === null ? parts.content : html`${notice(told.kind, told.text)}${parts.content}`;
    return reply
      .code(status)
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(page({ isLive: true, ...parts, assets, openFailures, content }).html);
  }

  function get(
    path: string,
    answer: (session: Session, request: FastifyRequest, reply: FastifyReply, query: Query) => Promise<FastifyReply>,
  ) {
    app.get(path, async (request, reply) => {
      const session = await guard(request, reply);
      return session === null ? reply : answer(session, request, reply, request.query as Query);
    });
  }

  get('/', async (session, _request, reply, query) => {
    const span = spans.find(({ name }) => name === query['span']) ?? spans[0];
    const [alerts, freshness, covered, runs, failures] = await Promise.all([
      listOpenAlerts(kysely),
      readFreshness(kysely),
      readMissingCoverage(kysely, 0),
      listRuns(kysely, { limit: 8, before: null }),
      groupFailures(kysely, anyFailure),
    ]);
    const sources = await Promise.all(
      freshness.map(async (source) => {
        const known = context.sources.find(({ config }) => config.sourceId === source.sourceId);
        return {
          ...source,
          missing: covered.find(({ sourceId }) => sourceId === source.sourceId)?.missingCount ?? 0,
          isWebhookOnly: known?.config.mode === 'webhook',
          objectiveSecs: known?.config.freshnessSecs ?? null,
          samples: await readSamples(kysely, { sourceId: source.sourceId, ...span }),
          queue: known === undefined ? null : await readQueueDepths(known.producer),
        };
      }),
    );
    const openRuns = runs.filter(({ finishedAt }) => finishedAt === null);
    const now = new Date();
    const roles = await readRoleHeartbeats(kysely);
    const silent = fleetSilent(roles, await databaseNow(kysely), new Date(0));
    const content = overview({ now, span, alerts, sources, roles, silent, openRuns, failures });
    return show(reply, { title: 'Overview', place: 'overview', session, content, query });
  });

  get('/runs', async (session, request, reply, query) =>
    showRuns(
      request,
      reply,
      session,
      {
        source: query['source'] ?? (configured.length === 1 ? configured[0]! : ''),
        from: query['from'] ?? '',
        to: query['to'] ?? '',
        agent: '',
      },
      null,
    ),
  );

  async function showRuns(
    request: FastifyRequest,
    reply: FastifyReply,
    session: Session,
    form: BackfillForm,
    problem: string | null,
  ): Promise<FastifyReply> {
    const query = request.query as Query;
    const before = numberOf(query['before']);
    const runs = await listRuns(kysely, { limit: runsShown + 1, before });
    const shown = runs.slice(0, runsShown);
    const olderBefore = runs.length > runsShown ? Math.min(...shown.map(({ runId }) => runId)) : null;
    const view = { now: new Date(), session, runs: shown, sourceIds: configured, form, olderBefore };
    const content = html`${problem === null ? '' : notice('problem', problem)}${runsPage(view)}`;
    return show(reply, { title: 'Runs', place: 'runs', session, content, query }, problem === null ? 200 : 422);
  }

  get('/runs/:id', async (session, request, reply, query) => {
    const runId = numberOf((request.params as { id: string }).id);
    const run = runId === null ? null : await listRun(kysely, runId);
    if (run === null) return notFound(reply, 'There is no run of this number.');
    const windows = await windowsOfRun(kysely, run.runId, windowsShown);
    const content = runPage({ now: new Date(), session, run, windows });
    return show(reply, { title: `Run ${run.runId}`, place: 'runs', session, content, query });
  });

  get('/coverage', async (session, _request, reply, query) => {
    const now = new Date();
    const thisMonth = monthOf(now);
    const asked = /^20\d{2}-(?:0[1-9]|1[0-2])$/u.test(query['until'] ?? '') ? query['until']! : thisMonth;
    const to = asked > thisMonth ? thisMonth : asked;
    const from = addMonths(to, 1 - monthsShown);
    const firsts = await Promise.all(configured.map((sourceId) => firstKnownDay(kysely, sourceId)));
    const first =
      firsts
        .filter((day) => day !== null)
        .toSorted()[0]
        ?.slice(0, 7) ?? thisMonth;
    const covered = await readMissingCoverage(kysely, missingShown);
    const sources = (await readDays(`${from}-01`, monthEnd(to))).map((source) => ({
      ...source,
      coverage: covered.find(({ sourceId }) => sourceId === source.sourceId) ?? null,
    }));
    const content = coveragePage({
      now,
      sources,
      from,
      to,
      earlier: first < from ? addMonths(from, -1) : null,
      later: to < thisMonth ? min(addMonths(to, monthsShown), thisMonth) : null,
    });
    return show(reply, { title: 'Coverage', place: 'coverage', session, content, query });
  });

  get('/coverage/:day', async (session, request, reply, query) => {
    const { day } = request.params as { day: string };
    if (dayOf(day) === null) return badRequest(reply, 'Not a valid date (YYYY-MM-DD).');
    const content = dayPage(day, await readDays(day, day), new Date());
    return show(reply, { title: day, place: 'coverage', session, content, query });
  });

  function readDays(from: string, to: string) {
    return Promise.all(
      context.sources.map(async ({ config: { sourceId, filters } }) => ({
        sourceId,
        days: await readCoverage(kysely, { sourceId, filters, from, to }),
      })),
    );
  }

  /** For scripts: what each source has listed of what it is to list, and what is missing. */
  get('/api/coverage', async (_session, _request, reply) => {
    const sources = (await readMissingCoverage(kysely, missingMax)).map(({ missingCount, ...source }) => ({
      ...source,
      missingRanges: missingCount,
    }));
    return reply
      .header('cache-control', 'no-store')
      .type('application/json; charset=utf-8')
      .send(snakeJson({ at: new Date(), sources }));
  });

  get('/failures', async (session, _request, reply, query) => {
    const filter: FailureFilter = {
      ...anyFailure,
      sourceId: query['source'] ?? null,
      stage: failureStages.find((stage) => stage === query['stage']) ?? null,
      errorClass: query['class'] ?? null,
    };
    const isChosen = filter.sourceId !== null || filter.stage !== null || filter.errorClass !== null;
    const [groups, failures] = await Promise.all([
      groupFailures(kysely, filter),
      isChosen ? listFailures(kysely, filter, failuresShown) : [],
    ]);
    const view = { now: new Date(), session, filter, groups, failures, configuredSourceIds: configured };
    return show(reply, { title: 'Failures', place: 'failures', session, content: failuresPage(view), query });
  });

  get('/webhook-events', async (session, _request, reply, query) => {
    const addresses = context.sources.map(({ config: { sourceId, webhookSecrets } }) => ({
      sourceId,
      address: webhookSecrets.length === 0 ? null : `${options.webhookAddress()}/${sourceId}`,
    }));
    const events = await listWebhookEvents(kysely, eventsShown);
    const content = webhookEventsPage({ now: new Date(), ...events, addresses });
    return show(reply, { title: 'Webhooks', place: 'webhooks', session, content, query });
  });

  function badRequest(reply: FastifyReply, text: string): FastifyReply {
    return reply
      .code(400)
      .type('text/html; charset=utf-8')
      .send(plainPage(assets, 'This cannot be asked', text).html);
  }

  function notFound(reply: FastifyReply, text: string): FastifyReply {
    return reply
      .code(404)
      .type('text/html; charset=utf-8')
      .send(plainPage(assets, 'Not found', text).html);
  }

  return { showRuns };
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/u.test(text) ? Number(text) : null;
}

function min(one: string, other: string): string {
  return one < other ? one : other;
}
