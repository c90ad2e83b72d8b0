import { ago, duration, missingText, type Condition, snakeJson } from '@voxport/domain';
import type { QueueDepth } from '@voxport/jobs';
import { bytes, freshnessLag, type Observation } from '@voxport/alerts/conditions';
import type {
  EntityStatus,
  LastWebhook,
  PendingDeliveries,
  PipelineStatus,
  RunCounts,
  RunRow,
  SourceCoverage,
  SourceStatus,
  SourceTraffic,
  StoredAlert,
} from '@voxport/warehouse';
import { makeProgress } from '../progress/progress.ts';
import { failedEntitiesText } from './entities-report.ts';
import { count } from './run-report.ts';
import { table } from './table.ts';
import { wrapped } from './wrapped.ts';

/** The jobs of one source's queues. */
export interface QueueStatus {
  readonly sourceId: string;
  readonly fetch: QueueDepth;
  readonly load: QueueDepth;
}

/** Everything that the status tells. */
export interface Status {
  readonly now: Date;
  readonly pipeline: PipelineStatus;
  /** What each source has listed, and what is missing of it. */
  readonly coverage: readonly SourceCoverage[];
  /** Sources in mode: webhook, whose API is never asked. */
  readonly webhookOnly: readonly string[];
  readonly lastWebhooks: readonly LastWebhook[];
  /** How the syncs of what conversations name stand. */
  readonly entities: readonly EntityStatus[];
  readonly queues: readonly QueueStatus[];
  /** Why the queue's store cannot be used; null when it can. */
  readonly queueProblem: string | null;
  readonly observation: Observation;
  /** What is not in order at this moment, by the rules of the alerts. */
  readonly conditions: readonly Condition[];
  /** Runs that have not ended. */
  readonly underWay: readonly { readonly run: RunRow; readonly counts: RunCounts }[];
  readonly traffic: readonly SourceTraffic[];
  readonly alerts: readonly StoredAlert[];
  readonly deliveries: readonly PendingDeliveries[];
  readonly evaluatedAt: Date | null;
  /** Whether a scheduler looks at the pipeline. */
  readonly isWatched: boolean;
}

/** More sources than these are told in a table. */
const sourcesInFull = 2;
const runsShown = 3;
const failuresShown = 6;
const messagesShown = 3;
const driftShown = 4;
const missingShown = 4;

/** The status as one JSON object, in snake case like the tables. */
export function statusJson(status: Status): string {
  const { now, pipeline, coverage, queues, observation, traffic, underWay, deliveries, evaluatedAt } = status;
  return snakeJson({
    at: now,
    ...pipeline,
    sources: pipeline.sources.map((source) => {
      const observed = observation.sources.find(({ sourceId }) => sourceId === source.sourceId);
      return {
        ...source,
        lagSecs: observed === undefined ? null : (freshnessLag(observed, now)?.secs ?? null),
        freshnessObjectiveSecs: observed?.freshnessSecs ?? null,
        coverage: coverageJson(coverage.find(({ sourceId }) => sourceId === source.sourceId)),
        mode: status.webhookOnly.includes(source.sourceId) ? 'webhook' : 'poll',
        lastWebhookAt: status.lastWebhooks.find(({ sourceId }) => sourceId === source.sourceId)?.receivedAt ?? null,
        api: traffic.find(({ sourceId }) => sourceId === source.sourceId) ?? null,
      };
    }),
    entities: status.entities,
    queues,
    queueProblem: status.queueProblem,
    conditions: status.conditions,
    underWay: underWay.map(({ run: { ended: _ended, range, ...run }, counts }) => ({
      ...run,
      rangeAfter: range?.after ?? null,
      rangeBefore: range?.before ?? null,
      counts,
    })),
    place: observation.place,
    alerts: { open: status.alerts, deliveries, evaluatedAt, isWatched: status.isWatched },
  });
}

/** The status on one screen of `columns` characters a line. */
export function statusText(status: Status, columns: number): string {
  const { pipeline, now } = status;
  if (pipeline.sources.length === 0) return 'Nothing has been exported yet. Start with: voxport sync';
  return [
    verdict(status, columns),
    ...attention(status, columns),
    ...(pipeline.sources.length > sourcesInFull
      ? [sourcesTable(status, columns)]
      : pipeline.sources.map((source) => sourceText(source, status, columns))),
    ...underWayText(status, columns),
    ...endedText(pipeline.runs, now, columns),
    ...failuresText(pipeline.failures, now, columns),
    ...entitiesSection(status, columns),
    ...driftText(pipeline.drift, now, columns),
    placeText(status, columns),
  ].join('\n\n');
}

/** Only what could not be synced: the rest is in order. */
function entitiesSection({ entities }: Status, columns: number): string[] {
  const failed = failedEntitiesText(entities, columns);
  return failed.length === 0 ? [] : [['Entities', ...failed].join('\n')];
}

function verdict({ conditions, isWatched, now }: Status, columns: number): string {
  const of = (severity: Condition['severity']): number =>
    conditions.filter((condition) => condition.severity === severity).length;
  const parts = [
    ...(of('critical') > 0 ? [`${of('critical')} CRITICAL`] : []),
    ...(of('warning') > 0 ? [`${of('warning')} ${of('warning') === 1 ? 'warning' : 'warnings'}`] : []),
    ...(of('info') > 0 ? [`${of('info')} to know`] : []),
  ];
  const words =
    parts.length === 0
      ? isWatched
        ? 'everything is in order'
        : 'nothing wrong is known, and nobody watches'
      : parts.join(', ');
  const time = `${now.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return `Voxport: ${words}${time.padStart(Math.max(time.length + 2, columns - 9 - words.length))}`;
}

const marks: Readonly<Record<Condition['severity'], string>> = { critical: '!!', warning: '! ', info: 'i ' };
const order: readonly Condition['severity'][] = ['critical', 'warning', 'info'];

/** What somebody is to do something about, the gravest first, each with its command. */
function attention({ conditions, alerts }: Status, columns: number): string[] {
  const sorted = conditions.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  if (sorted.length === 0) return [];
  return [
    sorted
      .map(({ severity, title, command, fingerprint }) => {
        const alert = alerts.find((open) => open.fingerprint === fingerprint);
        const told = alert === undefined ? '' : ` (alert ${alert.alertId})`;
        // The command stays on one line: it is to be copied.
        return [...wrapped(`${marks[severity]} ${title}${told}`, '   ', columns), `   → ${command}`].join('\n');
      })
      .join('\n'),
  ];
}

function sourceText(source: SourceStatus, status: Status, columns: number): string {
  const { now, queues, pipeline, traffic, observation } = status;
  const { sourceId } = source;
  const queue = queues.find((one) => one.sourceId === sourceId);
  const observed = observation.sources.find((one) => one.sourceId === sourceId);
  const lag = observed === undefined ? null : freshnessLag(observed, now);
  const objective = observed?.freshnessSecs ?? null;
  const audio = pipeline.recordings.find((one) => one.sourceId === sourceId);
  const isWebhookOnly = status.webhookOnly.includes(sourceId);
  const lines: (readonly [name: string, value: string] | null)[] = [
    source.pausedAt === null
      ? null
      : [
          'PAUSED',
          `for ${duration((now.getTime() - source.pausedAt.getTime()) / 1000)}: ${(source.pausedReason ?? '').trim()}`,
        ],
    isWebhookOnly
      ? ['webhooks', webhooksText(sourceId, status)]
      : [
          'fresh',
          lag === null
            ? 'not listed to the end yet'
            : `complete up to ${duration(lag.secs)} ago${objective === null ? '' : `, objective ${duration(objective)}`}`,
        ],
    ...(isWebhookOnly ? [] : coverageLines(status.coverage.find((one) => one.sourceId === sourceId))),
    [
      'newest call',
      source.newestCallAt === null
        ? 'none yet'
        : `${ago(source.newestCallAt, now)}${source.lastLoadedAt === null ? '' : `; last change loaded ${ago(source.lastLoadedAt, now)}`}`,
    ],
    [
      'under way',
      `${count(source.wanted)} wanted, ${count(source.landed)} landed, ${count(source.openWindows)} ${source.openWindows === 1 ? 'window' : 'windows'} open`,
    ],
    queue === undefined ? null : ['queue', `${depth(queue.fetch)} to fetch, ${depth(queue.load)} to load`],
    isWebhookOnly ? null : ['API', apiText(source, traffic.find((one) => one.sourceId === sourceId) ?? null)],
    [
      'ended',
      `${count(source.failed)} open ${source.failed === 1 ? 'failure' : 'failures'}, ${count(source.gone)} gone at the source`,
    ],
    audio === undefined ? null : ['recordings', recordingsText(audio)],
    source.outdated === 0
      ? null
      : ['OUTDATED', `${count(source.outdated)} loaded by an older mapping: voxport reload --source ${sourceId}`],
  ];
  return [
    `${sourceId}: ${count(source.conversations)} conversations`,
    ...lines.flatMap((line) =>
      line === null ? [] : wrapped(`  ${line[0].padEnd(12)} ${line[1]}`, ' '.repeat(15), columns),
    ),
  ].join('\n');
}

/** What can be known of a source whose API is never asked: what it has sent, and not what it has not. */
function webhooksText(sourceId: string, { lastWebhooks, now }: Status): string {
  const last = lastWebhooks.find((webhook) => webhook.sourceId === sourceId);
  return `all that is known of its calls (mode: webhook); ${last === undefined ? 'none has come yet' : `the last came ${ago(last.receivedAt, now)}`}`;
}

/** Of the calls that a source is to list, what has been and what has not: the largest ranges, and why. */
function coverageLines(coverage: SourceCoverage | undefined): (readonly [name: string, value: string])[] {
  if (coverage === undefined) return [];
  const { since, filters, missingCount: many, missing } = coverage;
  const chosen = Object.keys(filters);
  const wanted = `${since === null ? 'all calls' : `calls since ${minute(since)}`}${chosen.length === 0 ? '' : ` (${chosen.join(', ')})`}`;
  if (many === 0) return [['coverage', `${wanted}: listed up to the last sync, nothing missing`]];
  const more = many - Math.min(many, missingShown);
  return [
    ['coverage', `${wanted}: ${count(many)} ${many === 1 ? 'range' : 'ranges'} MISSING`],
    ...missing
      .slice(0, missingShown)
      .map((range): readonly [string, string] => [
        '',
        `${range.after === null ? 'the beginning' : minute(range.after)} to ${range.isNewest ? 'now' : minute(range.before)}: ${missingText(range)}`,
      ]),
    ...(more === 0
      ? []
      : [['', `and ${count(more)} more: voxport query "select * from voxport_ops.missing_coverage"`] as const]),
  ];
}

/** How many ranges are missing. */
function missingCount(coverage: SourceCoverage | undefined): string {
  return coverage === undefined ? '' : count(coverage.missingCount);
}

function coverageJson(coverage: SourceCoverage | undefined): object | null {
  if (coverage === undefined) return null;
  const { since, filters, missingCount: many, missing } = coverage;
  return { since, filters, missingRanges: many, missing };
}

/** `2026-09-30 08:15` (UTC); without the time at the beginning of a day */
function minute(time: Date): string {
  return time.toISOString().slice(0, 16).replace('T', ' ').replace(' 00:00', '');
}

/** What the API is allowing: requests in flight of those allowed, and the share that it refused. */
function apiText({ inFlightLimit }: SourceStatus, traffic: SourceTraffic | null): string {
  if (traffic === null) return 'not asked yet';
  const { inFlight, workers, requests, refused, recentRequests, recentRefused } = traffic;
  const limit = inFlightLimit === null ? '' : ` of ${inFlightLimit}`;
  const sending =
    workers === 0
      ? `no worker sends${inFlightLimit === null ? '' : `, ${inFlightLimit} may be in flight`}`
      : `${inFlight}${limit} in flight`;
  if (requests === 0) return `${sending}; no request in the last hour`;
  const recent = recentRequests === 0 ? '' : ` (5 min: ${share(recentRefused, recentRequests)})`;
  return `${sending}; ${count(requests)} requests/hour, ${share(refused, requests)} 429${recent}`;
}

/** Many sources, a line each. */
function sourcesTable({ pipeline, coverage, traffic, observation, now }: Status, columns: number): string {
  return table(
    'Sources',
    ['source', 'behind', 'missing', 'newest call', 'under way', 'in flight', '429', 'failed'],
    pipeline.sources.map((source) => {
      const { sourceId, newestCallAt, inFlightLimit } = source;
      const observed = observation.sources.find((one) => one.sourceId === sourceId);
      const lag = observed === undefined ? null : freshnessLag(observed, now);
      const sent = traffic.find((one) => one.sourceId === sourceId);
      return [
        sourceId,
        source.pausedAt !== null ? 'PAUSED' : lag === null ? 'not yet' : duration(lag.secs),
        missingCount(coverage.find((one) => one.sourceId === sourceId)),
        newestCallAt === null ? 'none yet' : ago(newestCallAt, now),
        count(source.wanted + source.landed),
        `${sent?.inFlight ?? 0}${inFlightLimit === null ? '' : ` of ${inFlightLimit}`}`,
        share(sent?.refused ?? 0, sent?.requests ?? 0),
        count(source.failed),
      ];
    }),
    columns,
  );
}

function underWayText({ underWay, now }: Status, columns: number): string[] {
  if (underWay.length === 0) return [];
  return [
    [
      'Under way',
      ...underWay.flatMap(({ run, counts }) => {
        const workedSecs = (now.getTime() - run.startedAt.getTime() - run.pausedMs) / 1000;
        const sample = { run, counts, workers: noWorkers, atMs: 0 };
        const progress = makeProgress()(sample);
        // One look has no rate of late: that of the whole run says as much.
        const rate = workedSecs > 1 && progress.state === 'running' ? progress.done / workedSecs : null;
        const left =
          rate === null || rate === 0 || progress.expected === null ? null : (progress.expected - progress.done) / rate;
        const { expected, done, listed } = progress;
        const reached = expected === null || expected === 0 ? null : Math.min(1, done / expected);
        const parts = [
          `run ${run.runId}`,
          // A full bar before the end would say what is not so.
          ...(reached === null ? [] : [bar(reached), `${Math.min(99, Math.floor(reached * 100))} %`]),
          `${count(done)} of ${expected !== null && expected > listed ? 'about ' : ''}${count(expected ?? listed)}${expected === null ? ' listed so far' : ''}`,
          ...(progress.state === 'running' ? [] : [progress.state]),
          ...(rate === null ? [] : [`${rate < 10 ? rate.toFixed(1) : count(Math.round(rate))}/s`]),
          ...(left === null ? [] : [`${duration(left)} left`]),
        ];
        return [
          `  ${parts.join('  ')}`,
          ...wrapped(
            `    ${run.kind} of ${run.sourceIds.join(', ')}, ${duration(workedSecs)} so far, ${progress.windowsEnded} of ${progress.windows} windows${counts.failed > 0 ? `, ${count(counts.failed)} failed` : ''}`,
            '    ',
            columns,
          ),
          ...(progress.state === 'running' ? [] : [`    → voxport runs resume ${run.runId}`]),
        ];
      }),
    ].join('\n'),
  ];
}

const barColumns = 20;

function bar(reached: number): string {
  const full = Math.round(reached * barColumns);
  return `${'█'.repeat(full)}${'░'.repeat(barColumns - full)}`;
}

const noWorkers = { workers: 0, fleetSourceIds: [], inFlight: 0, inFlightLimit: null, requests: 0, refused: 0 };

function endedText(runs: PipelineStatus['runs'], now: Date, columns: number): string[] {
  const ended = runs.filter(({ finishedAt }) => finishedAt !== null).slice(0, runsShown);
  if (ended.length === 0) return [];
  return [
    table(
      'Runs',
      ['run', 'kind', 'state', 'ended', 'took', 'listed', 'loaded', 'failed'],
      ended.map(({ runId, kind, state, startedAt, finishedAt, listed, loaded, failed }) => [
        String(runId),
        kind,
        state === 'finished_with_failures' ? 'with failures' : state,
        ago(finishedAt ?? now, now),
        duration(((finishedAt ?? now).getTime() - startedAt.getTime()) / 1000),
        count(listed ?? 0),
        count(loaded ?? 0),
        count(failed ?? 0),
      ]),
      columns,
    ),
  ];
}

function failuresText(failures: PipelineStatus['failures'], now: Date, columns: number): string[] {
  if (failures.length === 0) return [];
  const shown = failures.slice(0, failuresShown);
  // What was said takes lines of its own, where there is room for it.
  const messageOf = (example: string | null): string[] =>
    shown.length > messagesShown ? [] : wrapped(`    ${(example ?? '').replaceAll(/\s+/gu, ' ')}`, '    ', columns);
  const text = table(
    'Open failures',
    ['source', 'stage', 'class', 'count', 'since', 'last'],
    shown.map(({ sourceId, stage, errorClass, count: many, firstFailedAt, lastFailedAt, example }) => ({
      cells: [sourceId, stage, errorClass, count(many), ago(firstFailedAt, now), ago(lastFailedAt, now)],
      below: messageOf(example),
    })),
    columns,
  );
  return [withMore(text, failures.length - failuresShown, 'voxport failures')];
}

function driftText(drift: PipelineStatus['drift'], now: Date, columns: number): string[] {
  if (drift.length === 0) return [];
  const lines = table(
    'Met in payloads and not expected',
    ['what', 'payloads', 'last', 'path'],
    drift
      .slice(0, driftShown)
      .map(({ sourceId, path, kind, count: many, lastSeenAt }) => [
        kind.replaceAll('_', ' '),
        count(many),
        ago(lastSeenAt, now),
        `${sourceId} ${path}`,
      ]),
    columns,
  );
  return [withMore(lines, drift.length - driftShown, 'voxport query "select * from voxport_ops.schema_drift"')];
}

/** What all sources share: room, memory, and who watches. */
function placeText(
  { observation: { place }, queueProblem, alerts, deliveries, evaluatedAt, isWatched, now }: Status,
  columns: number,
): string {
  const { databaseBytes, databaseBytesMax, disks, queueMemory, roles } = place;
  const waiting = deliveries.reduce((sum, { pending }) => sum + pending, 0);
  const held = deliveries.reduce((sum, one) => sum + one.held, 0);
  const lines: (readonly [string, string])[] = [
    ['fleet', fleetText(roles, now)],
    [
      'database',
      `${bytes(databaseBytes)}${databaseBytesMax === null ? '' : ` of ${bytes(databaseBytesMax)} (${share(databaseBytes, databaseBytesMax)})`}`,
    ],
    ...disks.map(({ what, freeBytes, totalBytes }): readonly [string, string] => [
      'disk',
      `${bytes(freeBytes)} of ${bytes(totalBytes)} free, where ${what} is`,
    ]),
    [
      'queue',
      queueProblem !== null
        ? `AWAY: ${queueProblem}`
        : queueMemory === null
          ? 'in Postgres'
          : `Redis uses ${bytes(queueMemory.usedBytes)}${queueMemory.limitBytes === null ? '' : ` of ${bytes(queueMemory.limitBytes)} (${share(queueMemory.usedBytes, queueMemory.limitBytes)})`}`,
    ],
    [
      'alerts',
      `${alerts.length} open${waiting > 0 ? `, ${waiting} not taken yet` : ''}${held > 0 ? `, ${held} kept back by quiet hours` : ''}; ${
        evaluatedAt === null ? 'never looked at' : `last look ${ago(evaluatedAt, now)}`
      }${isWatched ? '' : '. Nobody watches: no scheduler runs (voxport up)'}`,
    ],
  ];
  return [
    'System',
    ...lines.flatMap(([name, value]) => wrapped(`  ${name.padEnd(12)} ${value}`, ' '.repeat(15), columns)),
  ].join('\n');
}

/** Who runs the pipeline, by role: how many processes, and the last heartbeat. */
function fleetText(roles: Observation['place']['roles'], now: Date): string {
  if (roles.length === 0) return 'none has run of late: only commands export (voxport up runs one)';
  return roles
    .map(({ role, processes, seenAt, isSignedOff }) =>
      processes === 0
        ? `NO ${role} (${isSignedOff ? 'stopped' : 'last heartbeat'} ${ago(seenAt, now)})`
        : `${processes === 1 ? '' : `${count(processes)} × `}${role} ${ago(seenAt, now)}`,
    )
    .join(', ');
}

function recordingsText({ stored, pending, absent, failed, removals }: PipelineStatus['recordings'][number]): string {
  const parts = [
    `${count(stored)} stored, ${count(pending)} wanted, ${count(absent)} absent, ${count(failed)} failed`,
    ...(removals > 0 ? [`${count(removals)} erased and still to be removed`] : []),
  ];
  return parts.join(', ');
}

function depth({ waiting, delayed, active }: QueueDepth): string {
  const all = waiting + delayed + active;
  return `${count(all)} ${all === 1 ? 'job' : 'jobs'} (${count(active)} active)`;
}

function share(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (part / whole) * 100;
  return `${percent > 0 && percent < 0.1 ? '<0.1' : percent.toFixed(percent < 10 && percent > 0 ? 1 : 0)} %`;
}

/** A text with how much more there is, and the command that shows it. */
function withMore(text: string, more: number, command: string): string {
  return more > 0 ? `${text}\n  and ${count(more)} more: ${command}` : text;
}
