import { expect, test } from 'vitest';
import { makeRunControl, settleUnwanted } from './run-control.ts';

const nothing = { paused: [], cancelled: [], running: [] };

/** A runControl that knows these runs, and what it looked up. */
function control(runs: Parameters<ReturnType<typeof makeRunControl>['adopt']>[0], wanted: readonly string[] = []) {
  const lookedUp: string[] = [];
  const runControl = makeRunControl({
    isDetailWanted: async ({ conversationId }) => {
      lookedUp.push(conversationId);
      return wanted.includes(conversationId);
    },
  });
  runControl.adopt(runs);
  /** Whether a job's request is sent. */
  const isSent = async (conversationId: string, runId: number | null, isRepeat = false): Promise<boolean> => {
    let sent = false;
    await settleUnwanted(async () => {
      await runControl.refuseDetail({ conversationId, generation: 1, runId, isRepeat });
      sent = true;
    })(undefined, undefined);
    return sent;
  };
  return { runControl, lookedUp, isSent };
}

test('while no run is paused or cancelled nothing is looked up', async () => {
  const { isSent, lookedUp } = control({ ...nothing, running: [1] });
  expect([await isSent('a', 1), await isSent('b', 2), await isSent('c', null)]).toEqual([true, true, true]);
  expect(lookedUp).toEqual([]);
});

test('a job of a paused run is settled without a request, unless another run wants the same', async () => {
  const { isSent, lookedUp } = control({ paused: [1], cancelled: [], running: [2] }, ['shared']);
  expect([await isSent('mine', 1), await isSent('shared', 1)]).toEqual([false, true]);
  expect([await isSent('theirs', 2), await isSent('anybodys', null)]).toEqual([true, true]);
  expect(lookedUp).toEqual(['mine', 'shared']);
});

test('a job under the number of a run that has ended is looked up while another is paused: it may have taken the detail request over', async () => {
  const { isSent } = control({ paused: [2], cancelled: [], running: [] });
  expect(await isSent('handed over', 1)).toBe(false);
});

test('a job of a cancelled run is settled, as often as it comes, and a resumed run sends again', async () => {
  const { isSent, runControl } = control({ paused: [1], cancelled: [3], running: [] });
  expect([await isSent('a', 3), await isSent('a', 3), await isSent('b', 1)]).toEqual([false, false, false]);
  runControl.adopt({ paused: [], cancelled: [3], running: [1] });
  expect([await isSent('a', 3), await isSent('b', 1)]).toEqual([false, true]);
});

test('a job that was enqueued again is looked up, whoever wants it: it may have been answered meanwhile', async () => {
  const { isSent, lookedUp } = control({ ...nothing, running: [1] }, ['lost']);
  expect([
    await isSent('answered', 1, true),
    await isSent('lost', 1, true),
    await isSent('anybodys', null, true),
  ]).toEqual([false, true, false]);
  expect(lookedUp).toEqual(['answered', 'lost', 'anybodys']);
});

test('a page of a paused or cancelled run is not listed; any other error goes its way', async () => {
  const { runControl } = control({ paused: [1], cancelled: [2], running: [3] });
  const isListed = async (runId: number): Promise<boolean> => {
    let listed = false;
    await settleUnwanted(async () => {
      runControl.refusePage(runId);
      listed = true;
    })(undefined, undefined);
    return listed;
  };
  expect([await isListed(1), await isListed(2), await isListed(3)]).toEqual([false, false, true]);
  const failing = settleUnwanted(async () => {
    throw new Error('no');
  });
  await expect(failing(undefined, undefined)).rejects.toThrow('no');
});
