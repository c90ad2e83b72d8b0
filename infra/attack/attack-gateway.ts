import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { ask, type Asked } from './ask.ts';
import type { Attempt } from './attempt.ts';
import type { AttackTarget } from './target.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const nobody = '0'.repeat(64);

interface Try extends Asked {
  readonly what: string;
  readonly allowed: readonly number[];
  readonly area?: Attempt['area'];
}

/**
 * What anybody on the internet can send to the gateway, with the statuses that it may answer. Nothing of it is stored.
 */
export async function attackGateway(target: AttackTarget): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (const { area = 'gateway', what, allowed, ...asked } of simpleTries(target)) {
    const { status } = await ask(target.url, asked);
    attempts.push({ area, what, answer: String(status), outcome: allowed.includes(status) ? 'held' : 'broken' });
  }
  attempts.push(await compareSources(target), ...(await attackSignature(target)));
  attempts.push(await holdConnections(target), await sendUnsignedBulk(target));
  return attempts;
}

function webhookHeaders(secs: number, digest: string = nobody): Record<string, string> {
  return { 'elevenlabs-signature': `t=${secs},v0=${digest}` };
}

function nowSecs(): number {
  return Math.floor(Date.now() / 1000);
}

function simpleTries({ url, sourceId }: AttackTarget): readonly Try[] {
  const webhook = `/webhooks/${sourceId}`;
  const { origin } = new URL(url);
  const post = { method: 'POST', body: '{}' };
  const elsewhere = { ...form, origin: 'https://evil.example' };
  return [
    { what: 'a page without the token', path: '/runs', allowed: [401] },
    { what: 'metrics without the token', path: '/metrics', allowed: [401] },
    { what: 'the queues without the token', path: '/queues/api/queues', allowed: [401] },
    {
      what: 'a session that nobody opened',
      path: '/',
      headers: { cookie: 'voxport_session=9999999999.a.b' },
      allowed: [401],
    },
    { what: 'a path that leaves the assets', path: '/assets/..%2f..%2f..%2fetc%2fpasswd', allowed: [400, 401, 404] },
    { what: 'dots in a path', path: '/../../../../etc/passwd', allowed: [400, 401, 404] },
    { what: 'a NUL in a filter', path: '/failures?class=a%00b', allowed: [400] },
    { what: 'a broken escape', path: '/failures?class=%E0%A4%A', allowed: [400, 401] },
    {
      what: "a name of somebody's domain that leads here",
      path: '/login',
      headers: { host: 'evil.example' },
      allowed: [421],
    },
    {
      area: 'login',
      what: 'a log-in from another site',
      ...post,
      path: '/login',
      headers: elsewhere,
      body: 'token=x',
      allowed: [403],
    },
    {
      area: 'page',
      what: 'a backfill from another site',
      ...post,
      path: '/backfills',
      headers: elsewhere,
      body: 'source=x',
      allowed: [403],
    },
    {
      area: 'login',
      what: 'a log-in that continues at another site',
      ...post,
      path: '/login',
      headers: { ...form, origin },
      body: 'token=x&next=%2F%2Fevil.example',
      allowed: [401, 429],
    },
    { area: 'login', what: 'a one-time code that was never made', path: '/login?code=guess', allowed: [401] },
    { what: 'a webhook without a signature', ...post, path: webhook, allowed: [401] },
    {
      what: 'a webhook with a wrong signature',
      ...post,
      path: webhook,
      headers: webhookHeaders(nowSecs()),
      allowed: [401],
    },
    {
      what: 'the same with a slash at the end of its address',
      ...post,
      path: `${webhook}/`,
      headers: webhookHeaders(nowSecs()),
      allowed: [401],
    },
    {
      what: 'a webhook that claims to be endless',
      method: 'POST',
      path: webhook,
      headers: { ...webhookHeaders(nowSecs()), 'content-length': '99999999999' },
      allowed: [413, 0],
    },
  ];
}

async function compareSources({ url, sourceId }: AttackTarget): Promise<Attempt> {
  const send = (name: string) =>
    ask(url, { method: 'POST', path: `/webhooks/${name}`, headers: webhookHeaders(nowSecs()), body: '{}' });
  const [known, unknown] = [await send(sourceId), await send('no-such-source')];
  const held = known.status === unknown.status && known.text === unknown.text;
  return {
    area: 'gateway',
    what: 'finding out which sources there are',
    answer: `${known.status} for one, ${unknown.status} for another`,
    outcome: held ? 'held' : 'broken',
  };
}

/** A signature that is right but for its time: whoever has seen one body go by may not send it again for ever. */
async function attackSignature({ url, sourceId, webhookSecret }: AttackTarget): Promise<Attempt[]> {
  const tries = [
    { what: 'a webhook signed two hours ago', secs: -7200 },
    { what: 'a webhook signed five minutes in the future', secs: 300 },
  ];
  const attempts: Attempt[] = [];
  for (const { what, secs } of tries) {
    const timeSecs = nowSecs() + secs;
    // No type that anybody knows: were it taken, it would land as an event and nothing else.
    const body = '{"type":"attack","data":{}}';
    const digest =
      webhookSecret === null ? nobody : createHmac('sha256', webhookSecret).update(`${timeSecs}.${body}`).digest('hex');
    const headers = webhookHeaders(timeSecs, digest);
    const { status } = await ask(url, { method: 'POST', path: `/webhooks/${sourceId}`, headers, body });
    const signer = webhookSecret === null ? '' : ', by the right secret';
    attempts.push({
      area: 'gateway',
      what: `${what}${signer}`,
      answer: String(status),
      outcome: status === 401 ? 'held' : 'broken',
    });
  }
  return attempts;
}

const slowConnections = 80;

/** Many connections that begin a webhook and send no more: another sender must still be answered. */
async function holdConnections({ url, sourceId }: AttackTarget): Promise<Attempt> {
  const what = `${slowConnections} webhooks that begin and never end, while another one comes`;
  const { hostname, port, protocol } = new URL(url);
  if (protocol === 'https:')
    return {
      area: 'gateway',
      what,
      outcome: 'not tried',
      answer: "behind TLS it is the proxy's connections that are held",
    };
  const sockets: Socket[] = [];
  try {
    for (let index = 0; index < slowConnections; index += 1) {
      const socket = connect({ host: hostname, port: Number(port || 80) });
      socket.on('error', () => undefined);
      const signature = webhookHeaders(nowSecs())['elevenlabs-signature'];
      socket.write(
        `POST /webhooks/${sourceId} HTTP/1.1\r\nHost: ${hostname}\r\nElevenLabs-Signature: ${String(signature)}\r\nContent-Length: 100000\r\n\r\n{`,
      );
      sockets.push(socket);
    }
    // Answered at all: from the attacker's own address with 429, which other addresses do not get.
    const webhook = await ask(url, { method: 'POST', path: `/webhooks/${sourceId}`, body: '{}' });
    const health = await ask(url, { path: '/healthz' });
    const held = [401, 429].includes(webhook.status) && health.status === 200;
    return {
      area: 'gateway',
      what,
      answer: `${webhook.status}, health ${health.status}`,
      outcome: held ? 'held' : 'broken',
    };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

const bulkBytes = 60 * 1024 * 1024;
const bulkCount = 6;
const bulkTimeoutMs = 20_000;
/**
 * What the gateway may take of the six, one after the other: it holds 192 MB in files at once, and each that it refuses
 * makes room for the others. Six of 32 MB: one is refused; five of 38: the next; four of 48: the third; three of 60 are
 * read whole and answered 401. And what is under way in the two buffers of each refused socket, which Linux lets grow
 * to 4 and 6 MB. Without a bound it takes 360 MB.
 */
const bulkTakenMax = (32 + 38.4 + 48 + 3 * 60 + 3 * 10) * 1024 * 1024;

/** Large unsigned bodies at once: not all of their bytes may be taken in. */
async function sendUnsignedBulk(target: AttackTarget): Promise<Attempt> {
  const what = `${bulkCount} unsigned webhooks of 60 MB at once`;
  if (new URL(target.url).protocol === 'https:')
    return { area: 'gateway', what, outcome: 'not tried', answer: 'the proxy would take them in first' };
  const all = await Promise.all(Array.from({ length: bulkCount }, () => sendOne(target)));
  const taken = all.reduce((sum, { sent }) => sum + sent, 0);
  const isRefused = all.every(({ status }) => [0, 401, 413, 429].includes(status));
  const held = isRefused && all.some(({ status }) => status !== 401) && taken <= bulkTakenMax;
  return {
    area: 'gateway',
    what,
    answer: `${all.map(({ status }) => status).join(', ')}; ${Math.round(taken / 1024 / 1024)} MB taken before the refusals`,
    outcome: held ? 'held' : 'broken',
  };
}

/** Sends one such body until it is answered. `sent` counts what the other side has taken. */
async function sendOne({ url, sourceId }: AttackTarget): Promise<{ sent: number; status: number }> {
  const { hostname, port } = new URL(url);
  const piece = Buffer.alloc(256 * 1024, 0x61);
  const socket = connect({ host: hostname, port: Number(port || 80) });
  let text = '';
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => void (stop = resolve));
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    stop();
  });
  socket.on('error', stop).on('close', stop);
  socket.setTimeout(bulkTimeoutMs, stop);
  const head = `POST /webhooks/${sourceId} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n`;
  const signature = webhookHeaders(nowSecs())['elevenlabs-signature'];
  socket.write(`${head}ElevenLabs-Signature: ${String(signature)}\r\nContent-Length: ${bulkBytes}\r\n\r\n`);
  for (let left = bulkBytes; left > 0 && !socket.destroyed; left -= piece.length) {
    const isTaken = await Promise.race([
      new Promise<boolean>((resolve) => void socket.write(piece, (error) => resolve(!error))),
      stopped.then(() => false),
    ]);
    if (!isTaken) break;
  }
  if (text === '') await stopped;
  const sent = socket.bytesWritten - socket.writableLength;
  socket.destroy();
  return { sent, status: Number(/^HTTP\/1\.1 (\d{3})/u.exec(text)?.[1] ?? 0) };
}
