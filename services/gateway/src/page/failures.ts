import type { FailureFilter, FailureGroup, FailureRow } from '@voxport/warehouse';
import type { Session } from '../auth/session.ts';
import { ago, count, counted } from './format.ts';
import { html, type Html } from './html.ts';
import { confirmed, csrfField } from './layout.ts';

export interface FailuresView {
  readonly now: Date;
  readonly session: Session;
  readonly filter: FailureFilter;
  readonly groups: readonly FailureGroup[];
  /** One by one, where a group was chosen. */
  readonly failures: readonly FailureRow[];
  readonly configuredSourceIds: readonly string[];
}

/** The dead letters: by class, with what can be done about them; one by one where a class is chosen. */
export function failuresPage(view: FailuresView): Html {
  const { filter } = view;
  const isChosen = filter.errorClass !== null || filter.stage !== null || filter.sourceId !== null;
  return html`${isChosen ? html`<p class="crumb"><a href="/failures">All failures</a></p>` : ''}
    <h1>
      ${isChosen ? `Failures: ${[filter.sourceId, filter.stage, filter.errorClass].filter((part) => part !== null).join(' · ')}` : 'Failures'}
    </h1>
    <div id="groups" data-live>
      ${
        view.groups.length === 0
          ? html`<p class="nothing">Nothing has failed.</p>`
          : html`<ul class="cards">
              ${view.groups.map((group) => groupItem(group, view))}
            </ul>`
      }
    </div>
    ${
      isChosen
        ? html`<section class="card" aria-labelledby="each">
            <h2 id="each">One by one</h2>
            <div id="failures" data-live>
              ${view.failures.length === 0 ? html`<p class="nothing">None is open.</p>` : ''}
              <ul class="rows">
                ${view.failures.map((failure) => failureItem(failure, view))}
              </ul>
            </div>
          </section>`
        : ''
    }`;
}

function groupItem(group: FailureGroup, { now, session, configuredSourceIds }: FailuresView): Html {
  const fields = html`${csrfField(session)}<input type="hidden" name="source" value="${group.sourceId}" />
    <input type="hidden" name="stage" value="${group.stage}" /><input
      type="hidden"
      name="class"
      value="${group.errorClass}"
    />`;
  const path = `/failures?source=${encodeURIComponent(group.sourceId)}&stage=${group.stage}&class=${encodeURIComponent(group.errorClass)}`;
  return html`<li class="card" data-class="${group.errorClass}">
    <div class="titled">
      <h2><a href="${path}">${group.errorClass}</a></h2>
      <span class="badge">${count(group.count)}</span>
    </div>
    <div class="sub">
      ${group.sourceId} · ${stageText(group.stage)} · ${counted(group.attempts, 'attempt')} · first
      ${ago(group.firstFailedAt, now)}, last ${ago(group.lastFailedAt, now)}
    </div>
    <p class="message">${shortened(group.exampleMessage)}</p>
    <div class="buttons">
      ${
        configuredSourceIds.includes(group.sourceId)
          ? html`<form method="post" action="/failures/retry">
              ${fields}<button class="primary">Retry ${count(group.count)}</button>
            </form>`
          : html`<span class="hint">Its source is not configured: it cannot be tried again.</span>`
      }
      ${confirmed({
        label: 'Discard',
        question: `${counted(group.count, 'failure')} will be closed for good; nothing is tried again.`,
        button: `Discard ${count(group.count)}`,
        action: '/failures/discard',
        fields,
      })}
    </div>
  </li>`;
}

function failureItem(failure: FailureRow, { now, session, configuredSourceIds }: FailuresView): Html {
  const what =
    failure.conversationId ??
    (failure.windowId === null ? `a list of ${failure.sourceId}` : `window ${failure.windowId}`);
  const fields = html`${csrfField(session)}<input type="hidden" name="id" value="${failure.failureId}" />
    <input type="hidden" name="source" value="${failure.sourceId}" />`;
  return html`<li data-failure="${failure.failureId}">
    <div class="titled">
      <code>${what}</code>
      <div class="buttons">
        ${
          configuredSourceIds.includes(failure.sourceId)
            ? html`<form method="post" action="/failures/retry">${fields}<button class="quiet">Retry</button></form>`
            : ''
        }
        <form method="post" action="/failures/discard">${fields}<button class="quiet">Discard</button></form>
      </div>
    </div>
    <div class="sub">
      failure ${failure.failureId}${failure.httpStatus === null ? '' : ` · HTTP ${failure.httpStatus}`} ·
      ${counted(failure.attempts, 'attempt')} · ${ago(failure.lastFailedAt, now)}
    </div>
    <p class="message">${shortened(failure.message)}</p>
  </li>`;
}

function stageText(stage: string): string {
  return { list: 'while listing', fetch: 'while fetching', load: 'while loading' }[stage] ?? stage;
}

/** A message may quote what a source sent: enough of it to know what happened. */
function shortened(message: string): string {
  return message.length <= 300 ? message : `${message.slice(0, 300)}…`;
}
