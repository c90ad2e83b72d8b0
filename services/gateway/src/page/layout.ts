import type { Session } from '../auth/session.ts';
import { count } from './format.ts';
import { html, type Html, type HtmlValue } from './html.ts';

/** Names of the files beside the pages, with a digest of their content. */
export interface AssetNames {
  readonly style: string;
  readonly script: string;
  readonly icon: string;
}

/** The places of the navigation. */
export type Place = 'overview' | 'runs' | 'coverage' | 'failures' | 'webhooks' | 'queues';

export interface PageOptions {
  readonly title: string;
  readonly place: Place | null;
  readonly assets: AssetNames;
  /** Null on the page that logs in. */
  readonly session: Session | null;
  readonly openFailures: number;
  readonly content: HtmlValue;
  /** Whether the parts marked as live are read again every few seconds. */
  readonly isLive: boolean;
}

const places: readonly { readonly place: Place; readonly path: string; readonly name: string }[] = [
  { place: 'overview', path: '/', name: 'Overview' },
  { place: 'runs', path: '/runs', name: 'Runs' },
  { place: 'coverage', path: '/coverage', name: 'Coverage' },
  { place: 'failures', path: '/failures', name: 'Failures' },
  { place: 'webhooks', path: '/webhook-events', name: 'Webhooks' },
  { place: 'queues', path: '/queues/', name: 'Queues' },
];

/** A whole page. */
export function page(options: PageOptions): Html {
  const { title, assets, session, content, isLive } = options;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title} · Voxport</title>
        <link rel="icon" href="/assets/${assets.icon}" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/${assets.style}" />
        <script src="/assets/${assets.script}" defer></script>
      </head>
      <body ${isLive ? html`data-live-every="2000"` : ''}>
        ${session === null ? '' : header(options, session)}
        <main id="main">${content}</main>
        ${session === null ? '' : html`<footer>All times are UTC. <span id="freshness" role="status"></span></footer>`}
      </body>
    </html>`;
}

function header({ place, openFailures }: PageOptions, { csrfToken }: Session): Html {
  const links = places.map(
    (one) =>
      html`<a href="${one.path}" ${one.place === place ? html`aria-current="page"` : ''}
        >${one.name}${
          one.place === 'failures' && openFailures > 0
            ? html` <span class="badge" title="open failures">${count(openFailures)}</span>`
            : ''
        }</a
      >`,
  );
  return html`<a class="skip" href="#main">To the content</a>
    <header>
      <a class="brand" href="/"
        ><svg viewBox="0 0 20 20" aria-hidden="true"><path d="M2 10h2M6 6v8M10 2v16M14 6v8M18 10h-2" /></svg>Voxport</a
      >
      <nav id="nav" data-live aria-label="Pages">${links}</nav>
      <form method="post" action="/logout" class="logout">
        <input type="hidden" name="csrf" value="${csrfToken}" /><button class="quiet">Log out</button>
      </form>
    </header>`;
}

/** The hidden field that every form carries. */
export function csrfField({ csrfToken }: Session): Html {
  return html`<input type="hidden" name="csrf" value="${csrfToken}" />`;
}

/** What has just been done, or why it was not. */
export function notice(kind: 'done' | 'problem', text: HtmlValue): Html {
  return html`<p class="notice ${kind}" role="${kind === 'done' ? 'status' : 'alert'}">${text}</p>`;
}

/** A button that asks once more before it does something that cannot be undone; works without script. */
export function confirmed(options: {
  readonly label: string;
  readonly question: string;
  readonly button: string;
  readonly action: string;
  readonly fields: Html;
}): Html {
  return html`<details
    class="confirm"
    id="${`confirm-${options.action}-${options.label}`.replaceAll(/[^a-z0-9-]/giu, '-')}"
  >
    <summary class="button quiet">${options.label}</summary>
    <form method="post" action="${options.action}" class="ask">
      ${options.fields}
      <p>${options.question}</p>
      <button class="danger">${options.button}</button>
    </form>
  </details>`;
}

/** The page that asks for the token. */
export function loginPage(assets: AssetNames, options: { problem: string | null; next: string }): Html {
  return page({
    title: 'Log in',
    place: null,
    assets,
    session: null,
    openFailures: 0,
    isLive: false,
    content: html`<section class="login">
      <h1>Voxport</h1>
      ${options.problem === null ? '' : notice('problem', options.problem)}
      <form method="post" action="/login">
        <input type="hidden" name="next" value="${options.next}" />
        <label for="token">Operator token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus />
        <button class="primary">Log in</button>
      </form>
      <p class="hint">
        The token is <code>VOXPORT_OPERATOR_TOKEN</code>. Where none is set, <code>voxport up</code> prints a URL that
        logs in once.
      </p>
    </section>`,
  });
}

/** A page for an answer that is no page: what happened, and the way back. */
export function plainPage(assets: AssetNames, title: string, text: string): Html {
  return page({
    title,
    place: null,
    assets,
    session: null,
    openFailures: 0,
    isLive: false,
    content: html`<section class="login">
      <h1>${title}</h1>
      <p>${text}</p>
      <p><a href="/">To the overview</a></p>
    </section>`,
  });
}
