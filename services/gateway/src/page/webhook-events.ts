import type { WebhookEventGroup, WebhookEventRow } from '@voxport/warehouse';
import { ago, count } from './format.ts';
import { html, type Html } from './html.ts';

export interface WebhookEventsView {
  readonly now: Date;
  readonly groups: readonly WebhookEventGroup[];
  readonly latest: readonly WebhookEventRow[];
  /** Configured sources, and the address of each one's webhook; null where it has no secret, and so takes none. */
  readonly addresses: readonly { readonly sourceId: string; readonly address: string | null }[];
}

/** What came by webhook, without its content. */
export function webhookEventsPage({ now, groups, latest, addresses }: WebhookEventsView): Html {
  return html`<h1>Webhooks</h1>
    <section class="card" aria-labelledby="addresses">
      <h2 id="addresses">Addresses</h2>
      <ul class="rows">
        ${addresses.map(
          ({ sourceId, address }) =>
            html`<li>
              <div class="titled"><strong>${sourceId}</strong></div>
              <div class="sub">
                ${
                  address === null
                    ? html`has no webhook secret, so its webhooks are refused: set
                        <code>ELEVENLABS_WEBHOOK_SECRET</code>, or <code>webhook_secret_env</code> of the source`
                    : html`<code>${address}</code>`
                }
              </div>
            </li>`,
        )}
      </ul>
    </section>
    <section class="card" aria-labelledby="by-type">
      <h2 id="by-type">The last 30 days</h2>
      <div id="webhook-groups" data-live>
        ${
          groups.length === 0
            ? html`<p class="nothing">None has come.</p>`
            : html`<div class="scroll">
                <table>
                  <thead>
                    <tr>
                      <th>Source</th>
                      <th>Type</th>
                      <th>State</th>
                      <th class="number">30 days</th>
                      <th class="number">1 day</th>
                      <th class="number">Repeated</th>
                      <th>Last</th>
                    </tr>
                  </thead>
                  <tbody>
                    ${groups.map(
                      (group) =>
                        html`<tr>
                          <td>${group.sourceId}</td>
                          <td>${group.type}</td>
                          <td><span class="state ${group.state}">${group.state}</span></td>
                          <td class="number">${count(group.count)}</td>
                          <td class="number">${count(group.lastDay)}</td>
                          <td class="number">${count(group.repetitions)}</td>
                          <td>${ago(group.lastReceivedAt, now)}</td>
                        </tr>`,
                    )}
                  </tbody>
                </table>
              </div>`
        }
      </div>
    </section>
    <section class="card" aria-labelledby="latest">
      <h2 id="latest">The latest</h2>
      <div id="webhook-latest" data-live>
        ${latest.length === 0 ? html`<p class="nothing">None has come.</p>` : ''}
        <ul class="rows">
          ${latest.map(
            (event) =>
              html`<li>
                <div class="titled">
                  <span>${event.type}</span><span class="state ${event.state}">${event.state}</span>
                </div>
                <div class="sub">
                  ${event.sourceId} ·
                  ${event.conversationId === null ? 'no conversation' : html`<code>${event.conversationId}</code>`} ·
                  ${ago(event.receivedAt, now)}${event.deliveries > 1 ? ` · delivered ${count(event.deliveries)} times` : ''}
                </div>
                ${event.message === null ? '' : html`<p class="message">${event.message.slice(0, 300)}</p>`}
              </li>`,
          )}
        </ul>
      </div>
    </section>`;
}
