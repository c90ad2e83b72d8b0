import { noteSwept } from './alerts/note-signs.ts';
import { startSync } from './ops/coverage/start-sync.ts';
import { markGone, failConversation, failListing } from './ops/inventory/end-in-failure.ts';
import { eraseConversation } from './ops/inventory/erase-conversation.ts';
import { foldInventoryCounts } from './ops/inventory/inventory-counts.ts';
import {
  wantedOfPage,
  wantDueChecks,
  wantStranded,
  overdueDetails,
  readListedStart,
  readListedTranscript,
  noteAttempt,
} from './ops/inventory/inventory.ts';
import { isListed } from './ops/inventory/is-listed.ts';
import { wantFailuresAgain, resolveRetried } from './ops/inventory/retry-failures.ts';
import { divideSetUpFailure, divideLateSetUpFailure } from './ops/inventory/set-up-failure.ts';
import { wantedOfRun, runsJustResumed } from './ops/runs/control-runs.ts';
import { isDetailWanted } from './ops/runs/held-runs.ts';
import { pruneHistory } from './ops/runs/prune-history.ts';
import { planRequestedRun } from './ops/runs/requested-runs.ts';
import { foldRunCounts } from './ops/runs/run-counts.ts';
import { startRun, openRuns, isRunSettled, finishRun } from './ops/runs/runs.ts';
import { signalWorker, removeWorker } from './ops/runs/workers.ts';
import { claimProbe, recordProbe, releaseProbe, hasDetailLanded, hasUntriedDetail } from './ops/source-probes.ts';
import { readSource, resumeSource, pauseSource, changeInFlightLimit } from './ops/sources.ts';
import { forgetListedPages } from './ops/windows/forget-listed-pages.ts';
import { savePage } from './ops/windows/save-page.ts';
import {
  databaseNow,
  compareListedPage,
  findExtras,
  forgetListing,
  wantListed,
  recordVerification,
  countKnown,
  leastVerifiedDays,
  readVerificationBudget,
} from './ops/windows/verifications.ts';
import { readWindow, restartWindow, insertWindows, openWindows } from './ops/windows/windows.ts';
import { hasLandedPayloads, countLandedPayloads } from './raw/has-landed-payloads.ts';
import { landPayloads } from './raw/land-payloads.ts';
import { moveLandedPosition } from './raw/landed-position.ts';
import { removeSupersededPayloads } from './raw/supersede-payloads.ts';
import { areRecordingsTried } from './recordings/count-recordings.ts';
import { removeErasedRecordings } from './recordings/removals.ts';
import {
  readRecordingToFetch,
  markRecordingStored,
  postponeRecording,
  isRecordingLocation,
} from './recordings/settle-recordings.ts';
import { takeUpRecordings } from './recordings/take-up-recordings.ts';
import { wantRecordingsOfRun, adoptDueRecordings } from './recordings/want-recordings.ts';
import { keepDeadWebhook } from './webhooks/dead-webhooks.ts';
import { landTranscription, landInitiationFailure, storeUnknownEvent } from './webhooks/land-webhook.ts';
import { receiveRecording } from './webhooks/received-recordings.ts';
import { recordWebhookEvent } from './webhooks/record-event.ts';
import type { TransactionalExecutor } from './executor.ts';

/** What a statement is asked, less the source that it is asked of. */
type LessSource<Asked> = Asked extends unknown ? Omit<Asked, 'sourceId'> : never;

/**
 * Opens the statements of one source: each is the function of the same name, with the database and the source given.
 * A handler takes those that it needs (`Pick<SourceStore, …>`), and a test gives it others. Nothing is sent before a
 * method is called; a method that is given another `sourceId` takes its own.
 */
export function openSourceStore(kysely: TransactionalExecutor, sourceId: string) {
  /** For a statement that is asked with the source as one field of an object. */
  function ofSource<Asked extends { readonly sourceId: string }, Rest extends unknown[], Result>(
    statement: (kysely: TransactionalExecutor, asked: Asked, ...rest: Rest) => Promise<Result>,
  ): (asked: LessSource<Asked>, ...rest: Rest) => Promise<Result> {
    // All of `Asked` is there: what the type leaves out is put back.
    return (asked, ...rest) => statement(kysely, { ...asked, sourceId } as unknown as Asked, ...rest);
  }

  /** For a statement that takes the source by itself. */
  function bySource<Rest extends unknown[], Result>(
    statement: (kysely: TransactionalExecutor, sourceId: string, ...rest: Rest) => Promise<Result>,
  ): (...rest: Rest) => Promise<Result> {
    return (...rest) => statement(kysely, sourceId, ...rest);
  }

  /** For a statement whose window, run or listing says which source it is of. */
  function plain<Rest extends unknown[], Result>(
    statement: (kysely: TransactionalExecutor, ...rest: Rest) => Promise<Result>,
  ): (...rest: Rest) => Promise<Result> {
    return (...rest) => statement(kysely, ...rest);
  }

  return {
    // The source itself, its workers and its probes.
    readSource: bySource(readSource),
    resumeSource: bySource(resumeSource),
    pauseSource: ofSource(pauseSource),
    changeInFlightLimit: ofSource(changeInFlightLimit),
    signalWorker: ofSource(signalWorker),
    removeWorker: ofSource(removeWorker),
    claimProbe: ofSource(claimProbe),
    recordProbe: ofSource(recordProbe),
    releaseProbe: bySource(releaseProbe),
    noteSwept: bySource(noteSwept),
    databaseNow: plain(databaseNow),

    // Windows and their pages.
    startSync: ofSource(startSync),
    readWindow: plain(readWindow),
    restartWindow: plain(restartWindow),
    savePage: plain(savePage),
    insertWindows: ofSource(insertWindows),
    openWindows: bySource(openWindows),
    forgetListedPages: bySource(forgetListedPages),

    // The inventory, and the detail requests in it.
    wantedOfPage: ofSource(wantedOfPage),
    wantedOfRun: ofSource(wantedOfRun),
    wantDueChecks: ofSource(wantDueChecks),
    wantStranded: ofSource(wantStranded),
    overdueDetails: ofSource(overdueDetails),
    isDetailWanted: ofSource(isDetailWanted),
    isListed: ofSource(isListed),
    readListedStart: ofSource(readListedStart),
    readListedTranscript: ofSource(readListedTranscript),
    foldInventoryCounts: bySource(foldInventoryCounts),

    // What failed.
    noteAttempt: ofSource(noteAttempt),
    markGone: ofSource(markGone),
    eraseConversation: ofSource(eraseConversation),
    failConversation: ofSource(failConversation),
    failListing: ofSource(failListing),
    hasDetailLanded: bySource(hasDetailLanded),
    hasUntriedDetail: bySource(hasUntriedDetail),
    divideSetUpFailure: bySource(divideSetUpFailure),
    divideLateSetUpFailure: bySource(divideLateSetUpFailure),
    wantFailuresAgain: ofSource(wantFailuresAgain),
    resolveRetried: plain(resolveRetried),

    // Payloads.
    landPayloads: bySource(landPayloads),
    hasLandedPayloads: bySource(hasLandedPayloads),
    countLandedPayloads: ofSource(countLandedPayloads),
    moveLandedPosition: bySource(moveLandedPosition),
    removeSupersededPayloads: ofSource(removeSupersededPayloads),

    // Runs.
    startRun: ofSource(startRun),
    openRuns: ofSource(openRuns),
    planRequestedRun: bySource(planRequestedRun),
    runsJustResumed: ofSource(runsJustResumed),
    isRunSettled: plain(isRunSettled),
    finishRun: plain(finishRun),
    foldRunCounts: bySource(foldRunCounts),
    pruneHistory: ofSource(pruneHistory),

    // Recordings.
    wantRecordingsOfRun: ofSource(wantRecordingsOfRun),
    adoptDueRecordings: ofSource(adoptDueRecordings),
    takeUpRecordings: ofSource(takeUpRecordings),
    readRecordingToFetch: ofSource(readRecordingToFetch),
    markRecordingStored: ofSource(markRecordingStored),
    postponeRecording: ofSource(postponeRecording),
    isRecordingLocation: ofSource(isRecordingLocation),
    removeErasedRecordings: ofSource(removeErasedRecordings),
    areRecordingsTried: plain(areRecordingsTried),

    // Verification.
    compareListedPage: ofSource(compareListedPage),
    findExtras: ofSource(findExtras),
    forgetListing: plain(forgetListing),
    wantListed: ofSource(wantListed),
    recordVerification: ofSource(recordVerification),
    countKnown: ofSource(countKnown),
    leastVerifiedDays: ofSource(leastVerifiedDays),
    readVerificationBudget: ofSource(readVerificationBudget),

    // Webhooks.
    landTranscription: ofSource(landTranscription),
    landInitiationFailure: ofSource(landInitiationFailure),
    storeUnknownEvent: ofSource(storeUnknownEvent),
    keepDeadWebhook: ofSource(keepDeadWebhook),
    recordWebhookEvent: ofSource(recordWebhookEvent),
    receiveRecording: ofSource(receiveRecording),
  };
}

/** The statements of one source. */
export type SourceStore = Readonly<ReturnType<typeof openSourceStore>>;
