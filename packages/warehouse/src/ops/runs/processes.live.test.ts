import { expect, test } from 'vitest';
import { queryOnce } from '@voxport/testkit';
import { createWarehouse } from '../../../test/warehouse-database.ts';
import { endProcess, readRoleHeartbeats, signalProcess } from './processes.ts';

const machine = { host: 'machine', pid: 7, release: '0.1.0' };

test('each role tells how many of its processes live, the last heartbeat, and whether the last one ended in order', async () => {
  await using warehouse = await createWarehouse();
  const { kysely } = warehouse.database;
  expect(await readRoleHeartbeats(kysely)).toEqual([]);
  await signalProcess(kysely, { ...machine, processId: 'all', roles: ['loader', 'scheduler', 'worker', 'gateway'] });
  await signalProcess(kysely, { ...machine, processId: 'another', roles: ['worker'] });
  await signalProcess(kysely, { ...machine, processId: 'all', roles: ['loader', 'scheduler', 'worker', 'gateway'] });
  const seenAt = expect.any(Date);
  expect(await readRoleHeartbeats(kysely)).toEqual([
    { role: 'scheduler', processes: 1, seenAt, isSignedOff: false },
    { role: 'worker', processes: 2, seenAt, isSignedOff: false },
    { role: 'loader', processes: 1, seenAt, isSignedOff: false },
    { role: 'gateway', processes: 1, seenAt, isSignedOff: false },
  ]);

  await endProcess(kysely, 'all');
  // The other one dies without a word.
  await queryOnce(
    warehouse.url,
    `update voxport_ops.processes set seen_at = seen_at - interval '1 minute' where process_id = 'another'`,
  );
  expect(await readRoleHeartbeats(kysely)).toMatchObject([
    { role: 'scheduler', processes: 0, isSignedOff: true },
    { role: 'worker', processes: 0, isSignedOff: true },
    { role: 'loader', processes: 0, isSignedOff: true },
    { role: 'gateway', processes: 0, isSignedOff: true },
  ]);
  await signalProcess(kysely, { ...machine, processId: 'third', roles: ['worker'] });
  expect((await readRoleHeartbeats(kysely))[1]).toMatchObject({ role: 'worker', processes: 1, isSignedOff: false });
});

test('a process that has been silent for a week is forgotten', async () => {
  await using warehouse = await createWarehouse();
  const { kysely } = warehouse.database;
  await signalProcess(kysely, { ...machine, processId: 'old', roles: ['loader'] });
  await queryOnce(warehouse.url, `update voxport_ops.processes set seen_at = seen_at - interval '8 days'`);
  expect(await readRoleHeartbeats(kysely)).toEqual([]);
  await signalProcess(kysely, { ...machine, processId: 'new', roles: ['worker'] });
  expect(await queryOnce(warehouse.url, 'select process_id from voxport_ops.processes')).toEqual([
    { process_id: 'new' },
  ]);
});
