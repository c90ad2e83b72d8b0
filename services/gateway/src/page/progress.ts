import type { ListedRun } from '@voxport/warehouse';
import { count, duration } from './format.ts';
import { html, type Html } from './html.ts';

/** How far a run is, from 0 to 1: half for its listing, half for what it has listed; a run without windows by what it has to load. */
export function runShare(run: ListedRun): number {
  if (run.finishedAt !== null) return 1;
  const { windows, listed, rechecked } = run.counts;
  const known = listed + rechecked;
  const loadedShare = known === 0 ? 0 : (known - run.pending) / known;
  if (windows === 0) return loadedShare;
  const listedShare = (windows - run.windowsOpen) / windows;
  return listedShare * (known === 0 ? 1 : loadedShare);
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
  const state =
    run.isRequested && run.state === 'running' ? 'waits to be planned' : (stateNames[run.state] ?? run.state);
  return html`<span class="state ${run.isRequested ? 'requested' : run.state}">${state}</span>`;
}

/** A bar with its numbers. */
export function runProgress(run: ListedRun, now: Date): Html {
  const { windows, listed, rechecked, loaded, unchanged, failed } = run.counts;
  const known = listed + rechecked;
  const isOpen = run.finishedAt === null;
  const percent = Math.floor(runShare(run) * 100);
  const took = ((run.finishedAt ?? now).getTime() - run.startedAt.getTime()) / 1000;
  const parts = [
    windows > 0 && isOpen ? `${count(windows - run.windowsOpen)} of ${count(windows)} windows listed` : '',
    `${count(known)} conversations`,
    `${count(loaded)} loaded`,
    unchanged > 0 ? `${count(unchanged)} unchanged` : '',
    run.pending > 0 ? `${count(run.pending)} to go` : '',
    failed > 0 ? `${count(failed)} failed` : '',
    duration(took),
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
