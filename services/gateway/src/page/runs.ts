import type { ListedRun, RunWindow } from '@voxport/warehouse';
import type { Session } from '../auth/session.ts';
import { ago, count, minuteOf, rangeText } from './format.ts';
import { html, type Html } from './html.ts';
import { confirmed, csrfField } from './layout.ts';
import { runProgress, runState } from './progress.ts';

/** What stands in the form of a backfill. */
export interface BackfillForm {
  readonly source: string;
  readonly from: string;
  readonly to: string;
  readonly agent: string;
}

export interface RunsView {
  readonly now: Date;
  readonly session: Session;
  readonly runs: readonly ListedRun[];
  readonly sourceIds: readonly string[];
  readonly form: BackfillForm;
  /** The number of the run from which the next page continues; null on the last. */
  readonly olderBefore: number | null;
}

/** All runs, and the form that begins a backfill. */
export function runsPage(view: RunsView): Html {
  const { session, form, sourceIds } = view;
  const today = view.now.toISOString().slice(0, 10);
  return html`<h1>Runs</h1>
    <section class="card" aria-labelledby="backfill">
      <h2 id="backfill">Start a backfill</h2>
      <form method="post" action="/backfills" class="fields">
        ${csrfField(session)}
        <p>
          <label for="source">Source</label>
          <select id="source" name="source">
            ${sourceIds.length > 1 ? html`<option value="" ${form.source === '' ? html`selected` : ''}>all</option>` : ''}
            ${sourceIds.map((id) => html`<option value="${id}" ${form.source === id ? html`selected` : ''}>${id}</option>`)}
          </select>
        </p>
        <p>
          <label for="from">Calls from</label>
          <input id="from" name="from" type="date" required max="${today}" value="${form.from}" />
        </p>
        <p>
          <label for="to">to, that day included</label>
          <input id="to" name="to" type="date" required value="${form.to}" />
        </p>
        <p>
          <label for="agent">Only of agent</label>
          <input
            id="agent"
            name="agent"
            value="${form.agent}"
            placeholder="every agent"
            autocomplete="off"
            spellcheck="false"
          />
        </p>
        <p><button class="primary">Start</button></p>
      </form>
      <p class="hint">The range is listed anew. What is up to date already is not fetched again.</p>
    </section>
    <div id="runs" data-live>
      ${
        view.runs.length === 0
          ? html`<p class="nothing">There is no run yet.</p>`
          : html`<ul class="cards">
              ${view.runs.map((run) => runItem(run, view))}
            </ul>`
      }
    </div>
    ${view.olderBefore === null ? '' : html`<p class="more"><a href="/runs?before=${view.olderBefore}">Older runs</a></p>`}`;
}

function runItem(run: ListedRun, view: Pick<RunsView, 'now' | 'session'>): Html {
  return html`<li class="card run" data-run="${run.runId}">
    <div class="titled">
      <h2><a href="/runs/${run.runId}">${run.kind} ${run.runId}</a></h2>
      ${runState(run)}
    </div>
    <div class="sub">
      ${run.sourceIds.join(', ')} · ${rangeText(run.range)}${filterText(run)} · started ${ago(run.startedAt, view.now)}
    </div>
    ${runProgress(run, view.now)} ${runButtons(run, view.session)}
  </li>`;
}

function filterText({ filters }: ListedRun): string {
  const entries = Object.entries(filters);
  return entries.length === 0 ? '' : ` · ${entries.map(([name, value]) => `${name} ${String(value)}`).join(', ')}`;
}

/**
 * What can be done with a run that is under way. A sync is taken over by the next one, so pausing it alone would change
 * little; but it can be.
 */
function runButtons(run: ListedRun, session: Session): Html | null {
  if (run.finishedAt !== null) return null;
  const control = (action: 'pause' | 'resume', label: string): Html =>
    html`<form method="post" action="/runs/${run.runId}/${action}">
      ${csrfField(session)}<button class="quiet">${label}</button>
    </form>`;
  return html`<div class="buttons">
    ${run.state === 'running' ? control('pause', 'Pause') : ''}
    ${run.state === 'paused' ? control('resume', 'Resume') : ''}
    ${confirmed({
      label: 'Cancel',
      question: 'What is loaded stays. What is not listed or fetched yet is left.',
      button: `Cancel run ${run.runId}`,
      action: `/runs/${run.runId}/cancel`,
      fields: csrfField(session),
    })}
  </div>`;
}

export interface RunView {
  readonly now: Date;
  readonly session: Session;
  readonly run: ListedRun;
  readonly windows: readonly RunWindow[];
}

/** One run, with its windows. */
export function runPage({ now, session, run, windows }: RunView): Html {
  return html`<p class="crumb"><a href="/runs">Runs</a></p>
    <h1>${run.kind} ${run.runId}</h1>
    <div id="run" data-live>
      <ul class="cards">
        ${runItem(run, { now, session })}
      </ul>
    </div>
    <section class="card" aria-labelledby="windows">
      <h2 id="windows">Windows</h2>
      <div id="run-windows" data-live>
        ${
          windows.length === 0
            ? html`<p class="nothing">
                It has none${run.isRequested ? ' yet: a scheduler plans it within seconds' : ''}.
              </p>`
            : html`<div class="scroll">
                <table>
                  <thead>
                    <tr>
                      <th>Window</th>
                      <th>Call starts</th>
                      <th>State</th>
                      <th class="number">Pages</th>
                      <th class="number">Rows</th>
                      <th>Last page</th>
                    </tr>
                  </thead>
                  <tbody>
                    ${windows.map((window) => windowRow(window, now))}
                  </tbody>
                </table>
              </div>`
        }
      </div>
    </section>`;
}

function windowRow(window: RunWindow, now: Date): Html {
  return html`<tr>
    <td>${window.windowId}</td>
    <td>
      ${window.range.after === null ? 'the beginning' : minuteOf(window.range.after)} – ${minuteOf(window.range.before)}
    </td>
    <td>
      <span class="state ${window.state}"
        >${window.state}${window.restarts > 0 ? `, begun ${count(window.restarts + 1)} times` : ''}</span
      >
    </td>
    <td class="number">${count(window.pages)}</td>
    <td class="number">${count(window.listed)}</td>
    <td>${ago(window.updatedAt, now)}</td>
  </tr>`;
}
