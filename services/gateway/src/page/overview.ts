import { duration, type Condition } from '@voxport/domain';
import type { QueueDepth } from '@voxport/jobs';
import type {
  FailureGroup,
  ListedRun,
  RoleHeartbeat,
  SampledStretch,
  SourceFreshness,
  StoredAlert,
} from '@voxport/warehouse';
import { barChart, lineChart } from './charts.ts';
import { ago, count, counted, rangeText, shortCount } from './format.ts';
import { html, type Html } from './html.ts';
import { runProgress, runState } from './progress.ts';

/** The stretches of time that the charts show. */
export const spans = [
  { name: '1h', label: 'hour', stretchSecs: 60, stretches: 60 },
  { name: '24h', label: 'day', stretchSecs: 1200, stretches: 72 },
  { name: '7d', label: 'week', stretchSecs: 7200, stretches: 84 },
] as const;
export type Span = (typeof spans)[number];

/** How one source stands. */
export interface SourceView extends SourceFreshness {
  /** The lag that operators want to hear of, seconds; null for none. */
  readonly objectiveSecs: number | null;
  /** How many ranges of call starts are to be listed, and are not. */
  readonly missing: number;
  /** Its API is never asked: nothing can be known of what webhooks did not bring. */
  readonly isWebhookOnly: boolean;
  readonly samples: readonly SampledStretch[];
  /** Null where the queue does not answer. */
  readonly queue: { readonly fetch: QueueDepth; readonly load: QueueDepth } | null;
}

export interface OverviewView {
  readonly now: Date;
  readonly span: Span;
  /** What is not in order, the gravest first. */
  readonly alerts: readonly StoredAlert[];
  readonly sources: readonly SourceView[];
  /** Who runs the pipeline; none where only commands are run. */
  readonly roles: readonly RoleHeartbeat[];
  /** The roles that had a process and have none, as the alerts tell it: who would send one may be among them. */
  readonly silent: readonly Condition[];
  readonly openRuns: readonly ListedRun[];
  readonly failures: readonly FailureGroup[];
}

/** The first page: is it fresh, what is under way, what has failed. */
export function overview(view: OverviewView): Html {
  const told = new Set(view.silent.map(({ fingerprint }) => fingerprint));
  const notInOrder = [...view.silent, ...view.alerts.filter(({ fingerprint }) => !told.has(fingerprint))];
  return html`<div class="titled">
      <h1>Overview</h1>
      <nav class="spans" aria-label="Time that the charts show">
        ${spans.map(
          ({ name, label }) =>
            html`<a href="/?span=${name}" ${name === view.span.name ? html`aria-current="true"` : ''}>${label}</a>`,
        )}
      </nav>
    </div>
    <div id="alerts" data-live>
      ${
        notInOrder.length === 0
          ? ''
          : html`<section class="card" aria-labelledby="not-in-order">
              <h2 id="not-in-order">Not in order</h2>
              <ul class="rows">
                ${notInOrder.map((alert) => alertRow(alert, view.now))}
              </ul>
            </section>`
      }
    </div>
    ${view.roles.length === 0 ? '' : fleet(view.roles, view.now)}
    <div id="sources" data-live>${view.sources.map((source) => sourceCard(source, view))}</div>
    <div class="columns">
      <section class="card" aria-labelledby="under-way">
        <h2 id="under-way">Under way</h2>
        <div id="open-runs" data-live>
          ${
            view.openRuns.length === 0
              ? html`<p class="nothing">No run is under way.</p>`
              : html`<ul class="rows">
                  ${view.openRuns.map((run) => runRow(run, view.now))}
                </ul>`
          }
        </div>
        <p class="more"><a href="/runs">All runs, and a backfill</a></p>
      </section>
      <section class="card" aria-labelledby="failed">
        <h2 id="failed">Open failures</h2>
        <div id="failure-groups" data-live>
          ${
            view.failures.length === 0
              ? html`<p class="nothing">Nothing has failed.</p>`
              : html`<ul class="rows">
                  ${view.failures.slice(0, 6).map((group) => failureRow(group, view.now))}
                </ul>`
          }
        </div>
        <p class="more"><a href="/failures">All failures</a></p>
      </section>
    </div>`;
}

/** The last heartbeat of each role, and how many processes give one. */
function fleet(roles: readonly RoleHeartbeat[], now: Date): Html {
  return html`<section class="card" aria-labelledby="fleet-roles">
    <h2 id="fleet-roles">Fleet</h2>
    <dl class="facts" id="fleet" data-live>
      ${roles.map(({ role, processes, seenAt, isSignedOff }) =>
        fact(
          role,
          processes > 0
            ? html`${count(processes)} ${processes === 1 ? 'process' : 'processes'}, ${ago(seenAt, now)}`
            : html`<span class="state failed"
                >none, ${isSignedOff ? 'stopped' : 'last heartbeat'} ${ago(seenAt, now)}</span
              >`,
        ),
      )}
    </dl>
  </section>`;
}

function alertRow(
  alert: Pick<StoredAlert, 'severity' | 'title' | 'since' | 'detail' | 'remedy' | 'command'>,
  now: Date,
): Html {
  return html`<li class="alert ${alert.severity}">
    <div class="titled">
      <strong>${alert.title}</strong>
      <span class="sub">${alert.severity} · opened ${ago(alert.since, now)}</span>
    </div>
    <p class="message">${alert.detail}</p>
    <p class="message">${alert.remedy}</p>
    <pre><code>${alert.command}</code></pre>
  </li>`;
}

function sourceCard(source: SourceView, { now, span }: OverviewView): Html {
  const { samples } = source;
  const lagSecs = lagOf(source, now);
  const timeText = timeTextOf(span);
  const loaded = samples.reduce((sum, stretch) => sum + (stretch.loaded ?? 0), 0);
  const isLate = source.objectiveSecs !== null && lagSecs !== null && lagSecs > source.objectiveSecs;
  return html`<section class="card source" aria-labelledby="source-${source.sourceId}">
    <div class="titled">
      <h2 id="source-${source.sourceId}">${source.sourceId}</h2>
      ${
        source.pausedAt === null
          ? isLate
            ? html`<span class="state failed">late</span>`
            : source.isWebhookOnly
              ? html`<span class="state finished">by webhooks alone</span>`
              : lagSecs === null
                ? html`<span class="state requested">no sync has ended yet</span>`
                : html`<span class="state finished">fresh</span>`
          : html`<span class="state failed">paused ${ago(source.pausedAt, now)}</span>`
      }
    </div>
    ${source.pausedAt === null ? '' : html`<p class="notice problem">${source.pausedReason ?? 'Its key was refused.'}</p>`}
    <dl class="facts">
      ${
        source.isWebhookOnly
          ? fact('Webhooks', html`<a href="/webhook-events">all that is known of its calls</a>`)
          : html`${fact('Listed up to', source.completeUntil === null ? '–' : ago(source.completeUntil, now))}
            ${fact('Missing', html`<a href="/coverage">${source.missing === 0 ? 'nothing' : counted(source.missing, 'range')}</a>`)}`
      }
      ${fact('Newest call', source.newestCallAt === null ? '–' : ago(source.newestCallAt, now))}
      ${fact('Last change', source.lastExportedAt === null ? '–' : ago(source.lastExportedAt, now))}
      ${fact('To load', count(source.waiting))} ${fact('In flight, at most', source.inFlightLimit ?? '–')}
      ${fact('Failures', html`<a href="/failures?source=${source.sourceId}">${count(source.openFailures)}</a>`)}
      ${queueFacts(source)}
    </dl>
    <div class="charts">
      <div>
        <h3>Loaded <span class="value">${shortCount(loaded)} in the last ${span.label}</span></h3>
        ${barChart({
          title: `Conversations loaded in the last ${span.label}`,
          points: samples.map(({ at, loaded: value }) => ({ at, value })),
          valueText: shortCount,
          timeText,
        })}
      </div>
      ${source.isWebhookOnly ? '' : behind(source, { now, span })}
    </div>
  </section>`;
}

function lagOf({ completeUntil }: SourceView, now: Date): number | null {
  return completeUntil === null ? null : (now.getTime() - completeUntil.getTime()) / 1000;
}

function timeTextOf({ name }: OverviewView['span']): (at: Date) => string {
  return (at) => (name === '7d' ? at.toISOString().slice(5, 16).replace('T', ' ') : at.toISOString().slice(11, 16));
}

/** How far the list of a source is behind, over time. */
function behind(source: SourceView, { now, span }: Pick<OverviewView, 'now' | 'span'>): Html {
  const { samples } = source;
  const lagSecs = lagOf(source, now);
  const timeText = timeTextOf(span);
  return html`<div>
    <h3>Behind <span class="value">${lagSecs === null ? 'no sync has ended yet' : duration(lagSecs)}</span></h3>
    ${lineChart({
      title: 'How far the list is behind',
      points: samples.map(({ at, lagSecs: value }, index) => ({
        at,
        value: value ?? (index === samples.length - 1 ? lagSecs : null),
      })),
      valueText: duration,
      timeText,
      objective: source.objectiveSecs,
    })}
  </div>`;
}

function queueFacts({ queue }: SourceView): Html {
  if (queue === null) return fact('Queue', html`<span class="state failed">does not answer</span>`);
  const { fetch, load } = queue;
  return fact(
    'Queue',
    `${count(fetch.waiting + fetch.active)}${fetch.delayed > 0 ? ` + ${count(fetch.delayed)} later` : ''}${load.active > 0 ? ', loading' : ''}`,
  );
}

function fact(name: string, value: Html | string | number): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

function runRow(run: ListedRun, now: Date): Html {
  return html`<li>
    <div class="titled"><a href="/runs/${run.runId}">${run.kind} ${run.runId}</a> ${runState(run)}</div>
    <div class="sub">${run.sourceIds.join(', ')} · ${rangeText(run.range)}</div>
    ${runProgress(run, now)}
  </li>`;
}

function failureRow(group: FailureGroup, now: Date): Html {
  return html`<li>
    <div class="titled">
      <a href="/failures?source=${group.sourceId}&stage=${group.stage}&class=${group.errorClass}"
        >${group.errorClass}</a
      >
      <span class="badge">${count(group.count)}</span>
    </div>
    <div class="sub">
      ${group.sourceId} · ${group.stage} · ${counted(group.attempts, 'attempt')} · last ${ago(group.lastFailedAt, now)}
    </div>
  </li>`;
}
