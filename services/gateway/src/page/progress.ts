import { duration } from '@voxport/domain';
import type { ListedRun } from '@voxport/warehouse';
import { count } from './format.ts';
import { html, type Html } from './html.ts';

/**
 * How far a run is, from 0 to 1: what is listed of its range, and of that what has come to an end; a run without
 * windows by the latter alone.
 */
export function runShare(run: ListedRun): number {
  if (run.finishedAt !== null) return 1;
  const { windows } = run;
  const { listed, rechecked } = run.counts;
  const known = listed + rechecked;
  const endedShare = known === 0 ? 0 : (known - run.pending) / known;
  if (windows === 0) return endedShare;
  const listedShare = run.listedShare ?? (windows - run.windowsOpen) / windows;
  return listedShare * (known === 0 ? 1 : endedShare);
}

/** Before this much is done, what is left cannot be told. */
const tellableShare = 0.05;

/** Seconds that a run will take on, at its pace so far; null while nobody can tell. */
export function secsLeft(run: ListedRun, now: Date): number | null {
  const share = runShare(run);
  if (run.finishedAt !== null || run.state !== 'running' || run.isInterrupted || share < tellableShare) return null;
  const workedSecs = (now.getTime() - run.startedAt.getTime() - run.pausedMs) / 1000;
  return (workedSecs * (1 - share)) / share;
}

const stateNames: Readonly<Record<string, string>> = {
  running: 'running',
  paused: 'paused',
  finished: 'finished',
  finished_with_failures: 'with failures',
  cancelled: 'cancelled',
};

/** A run's state in a word, with a shape beside the colour. */
export function runState(run: ListedRun): Html {
  if (run.isInterrupted) {
    return html`<span class="state failed" title="Start voxport up, or the services">nobody works on it</span>`;
  }
  const state =
    run.isRequested && run.state === 'running' ? 'waits to be planned' : (stateNames[run.state] ?? run.state);
  return html`<span class="state ${run.isRequested ? 'requested' : run.state}">${state}</span>`;
}

/** A bar with its numbers. */
export function runProgress(run: ListedRun, now: Date): Html {
  const { windows } = run;
  const { listed, rechecked, loaded, unchanged, failed } = run.counts;
  const known = listed + rechecked;
  const isOpen = run.finishedAt === null;
  const percent = Math.floor(runShare(run) * 100);
  const took = ((run.finishedAt ?? now).getTime() - run.startedAt.getTime()) / 1000;
  const left = secsLeft(run, now);
  const parts = [
    windows > 0 && isOpen ? `${count(windows - run.windowsOpen)} of ${count(windows)} windows listed` : '',
    `${count(known)} conversations`,
    `${count(loaded)} loaded`,
    unchanged > 0 ? `${count(unchanged)} unchanged` : '',
    run.pending > 0 ? `${count(run.pending)} to go` : '',
    failed > 0 ? `${count(failed)} failed` : '',
    left === null ? duration(took) : `${duration(took)}, about ${duration(left)} left`,
  ];
  return html`${
      isOpen
        ? html`<div class="progress">
            <progress max="100" value="${percent}" aria-label="Progress of run ${run.runId}">${percent} %</progress
            ><span>${percent} %</span>
          </div>`
        : ''
    } <span class="numbers">${parts.filter((part) => part !== '').join(' · ')}</span>`;
}
