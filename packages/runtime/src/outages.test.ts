import { TransientFailure } from '@voxport/domain';
import { eventually } from '@voxport/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { makeOutages, type OutagesDependencies, type StoreName, type WatchedStore } from './outages.ts';

interface Line {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** A process whose stores are there or away as `away` says, and what it has told. */
function scene(options: Pick<OutagesDependencies, 'quietMs'> & { revive?: WatchedStore['revive'] } = {}) {
  const lines: Line[] = [];
  const logger = Object.fromEntries(
    ['info', 'warn', 'error'].map((level) => [
      level,
      (fields: Line['fields'], text: string) => void lines.push({ level, fields, text }),
    ]),
  ) as never;
  const away = new Map<StoreName, Error>();
  let asked = 0;
  const store = (name: StoreName): WatchedStore => ({
    name,
    title: `the ${name}`,
    async ask() {
      asked += 1;
      const error = away.get(name);
      if (error !== undefined) throw error;
    },
    ...(name === 'database' && options.revive !== undefined ? { revive: options.revive } : {}),
  });
  const outages = makeOutages({ ...options, logger, stores: [store('database'), store('queue')], everyMs: 5 });
  onTestFinished(() => outages.close());
  return {
    lines,
    away,
    asked: () => asked,
    outages,
    report: (error: unknown, what = 'it could not be done', of: StoreName = 'database') =>
      outages.report({ store: of, error, what, logger }),
  };
}

const refused = (): Error =>
  Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED', syscall: 'connect' });

test('a store that is away is one line with its cause and no stack, whatever number of errors tell of it', async () => {
  const { lines, away, report } = scene();
  away.set('database', new TransientFailure('database', 'Cannot connect: nothing listens there (ECONNREFUSED).'));
  for (let index = 0; index < 200; index += 1)
    report(refused(), `thing ${index % 7}`, index % 2 ? 'database' : 'queue');
  await eventually(() => lines.length > 0, { what: 'the line' });
  for (let index = 0; index < 200; index += 1) report(refused());
  expect(lines).toEqual([
    {
      level: 'warn',
      fields: { store: 'database' },
      text: 'the database is away: Cannot connect: nothing listens there (ECONNREFUSED). Work waits, and continues when it answers.',
    },
  ]);
  away.clear();
  await eventually(() => lines.length > 1, { what: 'the end of the outage' });
  expect(lines[1]).toMatchObject({ level: 'info', fields: { leftOut: 200 } });
  expect(lines[1]?.text).toMatch(/^the database answers again, after \d+ s$/u);
});

test('each outage is told, and of two stores each', async () => {
  const { lines, away, report } = scene();
  for (const round of [1, 2]) {
    away.set('database', refused());
    away.set('queue', refused());
    report(refused());
    await eventually(() => lines.length === round * 4 - 2, { what: 'both lines' });
    away.clear();
    await eventually(() => lines.length === round * 4, { what: 'both ends' });
  }
  expect(lines.map(({ fields, text }) => `${String(fields['store'])} ${text.split(' ')[2]}`)).toEqual(
    [1, 2].flatMap(() => ['database is', 'queue is', 'database answers', 'queue answers']),
  );
});

test('the cause that is told is what the store itself says, not what was met first', async () => {
  const { lines, away, report } = scene();
  away.set('queue', new TransientFailure('connection', 'QUEUE_URL: the store cannot be used.'));
  report(new Error('a command was not answered'));
  await eventually(() => lines.length > 0, { what: 'the line' });
  expect(lines[0]).toMatchObject({ fields: { store: 'queue' }, text: expect.stringContaining('QUEUE_URL') });
});

test('where every store answers an error is told as it came, a bug with its stack, the same one once a minute', async () => {
  const { lines, report } = scene({ quietMs: 60_000 });
  const bug = new TypeError('x is undefined');
  const full = Object.assign(new Error('could not extend file'), { code: '53100' });
  for (let index = 0; index < 20; index += 1) {
    report(full, 'no heartbeat');
    report(bug, 'no count');
    await eventually(() => lines.length === 2, { what: 'both lines' });
  }
  expect(lines).toEqual([
    { level: 'warn', fields: { errorCode: '53100', cause: 'could not extend file' }, text: 'no heartbeat' },
    { level: 'warn', fields: { err: bug }, text: 'no count' },
  ]);
});

test('an error that lasts is told again after its minute, with the number of those left out', async () => {
  const { lines, report } = scene({ quietMs: 1 });
  report(refused());
  await eventually(
    () => {
      report(refused());
      return lines.length > 1;
    },
    { what: 'the second line' },
  );
  expect(lines[0]?.fields).toEqual({ errorCode: 'ECONNREFUSED', cause: 'connect ECONNREFUSED 127.0.0.1:5432' });
});

test('a store that can be started again is, and a reason why not is told once', async () => {
  const reasons = ['the disk is full', 'the disk is full', ''];
  const { lines, away, report } = scene({
    async revive() {
      const reason = reasons.shift() ?? '';
      if (reason !== '') throw new TransientFailure('database', reason);
      away.clear();
    },
  });
  away.set('database', refused());
  report(refused());
  await eventually(() => lines.length === 3, { what: 'the end' });
  expect(lines.map(({ text }) => text)).toEqual([
    'the database is away: connect ECONNREFUSED 127.0.0.1:5432. It is started again, and work continues.',
    'the database cannot be started, and is tried again: the disk is full.',
    expect.stringMatching(/^the database answers again, after \d+ s$/u),
  ]);
});

test('a store that takes too long to answer is away by what was met at work', async () => {
  const lines: string[] = [];
  const logger = { warn: (_: unknown, text: string) => void lines.push(text), info: () => {} } as never;
  const outages = makeOutages({
    logger,
    answerMs: 20,
    everyMs: 5,
    stores: [{ name: 'queue', title: 'the queue', ask: () => new Promise(() => {}) }],
  });
  outages.report({ store: 'queue', error: refused(), what: 'x', logger });
  await eventually(() => lines.length > 0, { what: 'the line' });
  await outages.close();
  expect(lines).toEqual([
    'the queue is away: connect ECONNREFUSED 127.0.0.1:5432. Work waits, and continues when it answers.',
  ]);
});
