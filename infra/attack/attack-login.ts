import { ask } from './ask.ts';
import type { Attempt } from './attempt.ts';
import type { AttackTarget } from './target.ts';

const form = 'application/x-www-form-urlencoded';

/** Guessing the token, and what somebody can do who has it, or a copy of a session. Leaves wrong tokens in the log. */
export async function attackLogin(target: AttackTarget): Promise<Attempt[]> {
  const attempts = [...(await attackSession(target)), await guessBearers(target), await guessInForm(target)];
  return [...attempts, ...(await rightTokenAfterWrongOnes(target))];
}

async function guessBearers({ url }: AttackTarget): Promise<Attempt> {
  let last = 0;
  for (let guess = 0; guess < 15; guess += 1) {
    // Another address each time, if only the header is asked.
    const headers = { authorization: `Bearer guess-${guess}`, 'x-forwarded-for': `10.0.0.${guess}` };
    last = (await ask(url, { path: '/runs', headers })).status;
  }
  return {
    area: 'login',
    what: 'fifteen tokens guessed by a script, from addresses that it makes up (X-Forwarded-For)',
    answer: String(last),
    outcome: last === 429 ? 'held' : 'broken',
  };
}

async function guessInForm({ url }: AttackTarget): Promise<Attempt> {
  let last = 0;
  for (let guess = 0; guess < 12; guess += 1) {
    const headers = { 'content-type': form, origin: new URL(url).origin, 'x-forwarded-for': `10.0.1.${guess}` };
    last = (await ask(url, { method: 'POST', path: '/login', headers, body: `token=guess-${guess}` })).status;
  }
  return {
    area: 'login',
    what: 'twelve tokens guessed in the form, from addresses that it makes up',
    answer: String(last),
    outcome: last === 429 ? 'held' : 'broken',
  };
}

async function rightTokenAfterWrongOnes({ url, operatorToken }: AttackTarget): Promise<Attempt[]> {
  const what = 'locking out the right token by wrong ones';
  if (operatorToken === null) return [needsToken('login', what)];
  const { status } = await ask(url, { path: '/runs', headers: { authorization: `Bearer ${operatorToken}` } });
  return [{ area: 'login', what, answer: String(status), outcome: status === 200 ? 'held' : 'broken' }];
}

/** Requests of a logged-in operator that make no sense: each is answered with a sentence, none with a 500. */
const senseless: readonly { path: string; allowed: readonly number[] }[] = [
  { path: '/failures?class=a%00b', allowed: [400] },
  { path: '/failures?source=%00', allowed: [400] },
  { path: '/failures?class=%27%20or%201%3D1--', allowed: [200] },
  { path: '/coverage/2026-02-31', allowed: [400] },
  { path: '/coverage/9999-12-31', allowed: [400] },
  { path: '/coverage?until=9999-12', allowed: [200, 400] },
  { path: '/coverage?until=0000-01', allowed: [200, 400] },
  { path: '/runs?before=999999999999999999999', allowed: [200, 400] },
  { path: '/runs/999999999999999999999', allowed: [400, 404] },
  { path: '/failures?class=%3Cscript%3Ealert(1)%3C%2Fscript%3E', allowed: [200, 400] },
];

async function attackSession({ url, operatorToken }: AttackTarget): Promise<Attempt[]> {
  const cases = senseless.map(({ path }) => `a logged-in request for ${path}`);
  const others = {
    next: 'a log-in that continues at a path with other letters',
    keep: 'a page that a browser or proxy keeps',
    act: "a form without the token of its page, from the operator's own browser",
    copy: 'a copy of a session after its log-out',
  };
  if (operatorToken === null) return [...cases, ...Object.values(others)].map((what) => needsToken('page', what));
  const { origin } = new URL(url);
  const logIn = (next: string) =>
    ask(url, {
      method: 'POST',
      path: '/login',
      headers: { 'content-type': form, origin },
      body: `token=${encodeURIComponent(operatorToken)}&next=${encodeURIComponent(next)}`,
    });
  const cookie = cookieOf(await logIn('/'));
  const attempts: Attempt[] = [];
  const note = (what: string, answer: string, held: boolean): void =>
    void attempts.push({ area: 'page', what, answer, outcome: held ? 'held' : 'broken' });

  for (const { path, allowed } of senseless) {
    const { status, text } = await ask(url, { path, headers: { cookie, accept: 'text/html' } });
    const isEscaped = !text.includes('<script>alert(1)');
    note(
      `a logged-in request for ${path}`,
      `${status}${isEscaped ? '' : ', a script'}`,
      allowed.includes(status) && isEscaped,
    );
  }
  const continued = await logIn('/é');
  note(
    others.next,
    `${continued.status} ${String(continued.headers['location'])}`,
    continued.headers['location'] === '/',
  );
  const page = await ask(url, { path: '/', headers: { cookie } });
  note(others.keep, String(page.headers['cache-control']), page.headers['cache-control'] === 'no-store');
  const headers = { cookie, origin, 'content-type': form };
  const acted = await ask(url, { method: 'POST', path: '/backfills', headers, body: 'source=x&from=2026-01-01' });
  note(others.act, String(acted.status), acted.status === 403);
  const csrf = /name="csrf" value="([\w-]+)"/u.exec((await ask(url, { path: '/runs', headers: { cookie } })).text)?.[1];
  await ask(url, { method: 'POST', path: '/logout', headers, body: `csrf=${csrf ?? ''}` });
  const copied = await ask(url, { path: '/runs', headers: { cookie } });
  note(others.copy, String(copied.status), copied.status === 401);
  return attempts;
}

function cookieOf({ headers }: Awaited<ReturnType<typeof ask>>): string {
  const set = headers['set-cookie'];
  const [first = ''] = typeof set === 'string' ? [set] : (set ?? []);
  return first.split(';', 1)[0] ?? '';
}

function needsToken(area: Attempt['area'], what: string): Attempt {
  return { area, what, outcome: 'not tried', answer: 'needs VOXPORT_OPERATOR_TOKEN' };
}
