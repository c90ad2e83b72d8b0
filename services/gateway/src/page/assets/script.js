// Reads the page again every few seconds and puts in what has changed. Without it everything works, but by hand.
const every = Number(document.body.dataset.liveEvery ?? 0);
const freshness = document.getElementById('freshness');
let failures = 0;
let tookMs = 0;

/** A part in which somebody types, or has opened a question, is left alone. */
function isInUse(part) {
  const active = document.activeElement;
  const isTyping = active instanceof HTMLElement && part.contains(active) && active.matches('input, select, textarea');
  return isTyping || part.querySelector('details[open]') !== null;
}

/** Where the focus is, so that it can go back to the same place of the new content. */
function focusedPlace(part) {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || !part.contains(active)) return null;
  const all = [...part.querySelectorAll('a, button, summary')];
  return all.indexOf(active);
}

function replaceParts(next) {
  for (const part of document.querySelectorAll('[data-live]')) {
    const fresh = next.getElementById(part.id);
    if (fresh === null || fresh.innerHTML === part.innerHTML || isInUse(part)) continue;
    const place = focusedPlace(part);
    part.replaceChildren(...fresh.childNodes);
    if (place !== null && place >= 0) part.querySelectorAll('a, button, summary')[place]?.focus();
  }
}

function tell(text, isStale) {
  if (freshness === null || freshness.textContent === text) return;
  freshness.textContent = text;
  freshness.classList.toggle('stale', isStale);
}

async function refresh() {
  if (document.visibilityState !== 'visible') return;
  const startedMs = performance.now();
  try {
    const answer = await fetch(location.href, {
      headers: { accept: 'text/html' },
      signal: AbortSignal.timeout(10_000),
    });
    if (answer.redirected || answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    replaceParts(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    failures = 0;
    tookMs = performance.now() - startedMs;
    tell('', false);
  } catch {
    failures += 1;
    if (failures >= 2) tell('No answer from Voxport: what stands here may be old.', true);
  }
}

/** A database that takes its time is asked less often. */
async function stayFresh() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(every * Math.min(8, 1 + failures), 5 * tookMs)));
    await refresh();
  }
}

if (every > 0) {
  document.addEventListener('visibilitychange', () => void refresh());
  void stayFresh();
}

// A form that is sent twice would begin two runs.
document.addEventListener('submit', (event) => {
  for (const button of event.target.querySelectorAll('button')) {
    setTimeout(() => {
      button.disabled = true;
    });
  }
});
// And a page that comes back from the history has its buttons again.
addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('button[disabled]')) button.disabled = false;
});
