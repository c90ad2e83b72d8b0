export { queueRoles } from './access/access-rules.ts';
export {
  areReadersBySource,
  grantSources,
  holdReadersToSources,
  listReaderSources,
  revokeSources,
  type ReaderSources,
} from './access/readers-by-source.ts';
export { provisionLogins, type WantedLogin } from './access/provision-logins.ts';
export { makeReader, runReadOnlyQuery, type TextRow, type TextValue } from './access/read-only-query.ts';
export { changeAlerts, type AlertChanges, type ChangedAlerts, type ReceiverRule } from './alerts/change-alerts.ts';
export { readDatabaseSize, type DatabaseSize } from './alerts/database-size.ts';
export {
  listOpenAlerts,
  listPendingDeliveries,
  listResolvedAlerts,
  readEvaluatedAt,
  type PendingDeliveries,
  type StoredAlert,
} from './alerts/list-alerts.ts';
export { noteSwept, noteWaiting } from './alerts/note-signs.ts';
export {
  claimDelivery,
  claimHeartbeat,
  releaseHeartbeat,
  settleSent,
  settleUnsent,
  tidyAlerts,
  type ClaimedDelivery,
} from './alerts/outbox.ts';
export type { Digest } from './alerts/quiet-deliveries.ts';
export { forgetListedPages } from './ops/windows/forget-listed-pages.ts';
export { pruneHistory, type PrunedHistory } from './ops/runs/prune-history.ts';
export { removeSupersededPayloads, supersedePayloads, type RawHistory } from './raw/supersede-payloads.ts';
export { countInventoryAnew, foldInventoryCounts } from './ops/inventory/inventory-counts.ts';
export { foldRunCounts, type RunEndCounts } from './ops/runs/run-counts.ts';
export { readRunPaces, type RunningPace, type RunPace } from './alerts/read-run-pace.ts';
export {
  readDeadLetters,
  readNewDrift,
  readSourceSigns,
  readVerifiedGaps,
  readWebhookSigns,
  type DeadLetterGroup,
  type NewDrift,
  type SourceSigns,
  type VerifiedGap,
  type WebhookSigns,
} from './alerts/read-source-facts.ts';
export { connectDatabase, type Database, type DatabaseSettings } from './database.ts';
export type { Executor, OpenTransaction, TransactionalExecutor } from './executor.ts';
export { openSourceStore, type SourceStore } from './open-source-store.ts';
export {
  beginErasure,
  writeTombstones,
  eraseConversations,
  finishErasure,
  waitForWriters,
  type ErasureRequest,
  type RemovedRows,
} from './erase/erasures.ts';
export {
  claimEntity,
  completeEntity,
  countDueEntities,
  failEntity,
  leaseOf,
  planEntities,
  readEntityStatus,
  releaseEntity,
  requestEntities,
  type EntityClaim,
  type EntityStatus,
} from './entities/entity-syncs.ts';
export { landEntities, readEntityMarkers } from './entities/land-entities.ts';
export { endMissingEntities, loadEntities } from './entities/load-entities.ts';
export { readUnknownVersions, type NamedVersion } from './entities/read-unknown-versions.ts';
export { eraseIdentityMentions } from './erase/erase-mentions.ts';
export {
  countUnknown,
  knownConversations,
  selectErased,
  type ErasedConversation,
  type ErasureSelector,
} from './erase/select-erased.ts';
export { ensureDatabase } from './create-database.ts';
export { inspectDatabase, type DatabaseInspection } from './inspect-database.ts';
export { isDataError, isRetryableDatabaseError, withDatabaseFailures } from './load/database-errors.ts';
export type { LoadItem } from './load/load-item.ts';
export { upsertConversations } from './load/upsert-conversations.ts';
export { migrateDatabase, migrationStatus } from './migrate.ts';
export { startSync, type ListScope, type StartedSync } from './ops/coverage/start-sync.ts';
export { addCoverage, completeCoverage, type ListedCoverage } from './ops/coverage/add-coverage.ts';
export { isListed } from './ops/inventory/is-listed.ts';
export { readMissingCoverage, type MissingRange, type SourceCoverage } from './ops/coverage/read-missing.ts';
export { countTables, lastExportedAt } from './ops/reports/count-tables.ts';
export { recordDrift } from './ops/inventory/drift.ts';
export { divideLateSetUpFailure, divideSetUpFailure } from './ops/inventory/set-up-failure.ts';
export { failConversation, failListing, markGone } from './ops/inventory/end-in-failure.ts';
export { eraseConversation, eraseOlderPayloads } from './ops/inventory/erase-conversation.ts';
export { recordFailure, resolveRecovered, type Failure } from './ops/inventory/failures.ts';
export {
  countFailures,
  failureStages,
  groupFailures,
  listFailures,
  readFailure,
  type FailureFilter,
  type FailureGroup,
  type FailureRow,
  type FailureStage,
} from './ops/inventory/list-failures.ts';
export {
  readListedStart,
  readListedTranscript,
  noteAttempt,
  overdueDetails,
  wantDueChecks,
  wantedOfPage,
  wantStranded,
  type WantedPosition,
} from './ops/inventory/inventory.ts';
export { planRequestedRun, requestRun, type RunRequest } from './ops/runs/requested-runs.ts';
export {
  discardFailures,
  resolveRetried,
  wantFailuresAgain,
  type WantedFailures,
} from './ops/inventory/retry-failures.ts';
export {
  noRunCounts,
  countRun,
  finishRun,
  isRunSettled,
  openRuns,
  startRun,
  syncToTakeUp,
  unfinishedRuns,
  type RunCounts,
  type RunKind,
} from './ops/runs/runs.ts';
export {
  openBackfillLike,
  readRun,
  readRuns,
  windowsOfRun,
  type RunFilter,
  type RunRow,
  type RunState,
  type RunWindow,
} from './ops/runs/read-runs.ts';
export { classifyListed, readSourcePace, type ListedClasses, type SourcePace } from './ops/runs/estimate-backfill.ts';
export { backfillWindowsMax, startBackfill } from './ops/runs/start-backfill.ts';
export { isDetailWanted, type ControlledRuns } from './ops/runs/held-runs.ts';
export {
  cancelRun,
  pauseRun,
  resumeRun,
  runsJustResumed,
  wantedOfRun,
  type Controlled,
} from './ops/runs/control-runs.ts';
export { readSharedState, type SharedState } from './ops/reports/read-shared-state.ts';
export { readTraffic, type SourceTraffic } from './ops/reports/read-traffic.ts';
export { readStatus, type PipelineStatus, type SourceStatus } from './ops/reports/read-status.ts';
export { savePage, type PageStep, type SavedPage } from './ops/windows/save-page.ts';
export {
  changeInFlightLimit,
  pauseSource,
  readSource,
  listSources,
  registerSource,
  resumeSource,
  type KnownSource,
  type SourceState,
} from './ops/sources.ts';
export {
  claimProbe,
  hasDetailLanded,
  hasUntriedDetail,
  recordProbe,
  releaseProbe,
  type ProbeClaim,
  type StoredProbe,
} from './ops/source-probes.ts';
export {
  compareListedPage,
  countKnown,
  databaseNow,
  findExtras,
  forgetListing,
  leastVerifiedDays,
  readVerificationBudget,
  recordVerification,
  wantListed,
  type Certificate,
  type ExtraConversations,
  type PageComparison,
  type VerificationBudget,
} from './ops/windows/verifications.ts';
export { insertWindows, openWindows, readWindow, restartWindow, type Window } from './ops/windows/windows.ts';
export { dayState, firstKnownDay, readCoverage, type CoveredDay, type DayState } from './page/coverage.ts';
export { listRun, listRuns, type ListedRun } from './page/list-runs.ts';
export { listWebhookEvents, type WebhookEventGroup, type WebhookEventRow } from './page/list-webhook-events.ts';
export { readFreshness, type SourceFreshness } from './page/read-freshness.ts';
export { readSamples, takeSamples, type SampledStretch } from './page/samples.ts';
export { claimPayloads, settlePayloads, type ClaimedPayload, type LoadedPayload } from './raw/claim-payloads.ts';
export { decodeBody } from './raw/encoding.ts';
export { countLandedPayloads, hasLandedPayloads } from './raw/has-landed-payloads.ts';
export { moveLandedPosition } from './raw/landed-position.ts';
export { landPayloads, prepareLanding, type Landing, type PreparedLanding } from './raw/land-payloads.ts';
export { readPayload, type StoredPayload } from './raw/read-payload.ts';
export { markGoneAgain, settleReloaded, type ReloadedPayload } from './raw/settle-reloaded.ts';
export {
  countStoredConversations,
  holdStoredPayloads,
  nextStoredConversations,
  type StoredSelection,
} from './raw/stored-conversations.ts';
export { retryTransaction } from './retry-transaction.ts';
export { runQuery } from './run-query.ts';
export {
  endProcess,
  heartbeatEveryMs,
  readRoleHeartbeats,
  signalProcess,
  type FleetProcess,
  type FleetRole,
  type RoleHeartbeat,
} from './ops/runs/processes.ts';
export {
  haveWorkersSeen,
  readLivingWorkers,
  removeWorker,
  signalWorker,
  whoWorksOn,
  type LivingWorkers,
  type WorkerShare,
  type WorkerRole,
  type WorkerTraffic,
} from './ops/runs/workers.ts';
export { withSavepoint } from './savepoint.ts';
export {
  areRecordingsTried,
  countRecordings,
  type RecordingBacklog,
  type RecordingCounts,
} from './recordings/count-recordings.ts';
export { countRemovals, removeErasedRecordings } from './recordings/removals.ts';
export {
  isRecordingLocation,
  markRecordingStored,
  postponeRecording,
  readRecordingToFetch,
  type RecordingToFetch,
} from './recordings/settle-recordings.ts';
export { takeUpRecordings, type WantedRecording } from './recordings/take-up-recordings.ts';
export {
  adoptDueRecordings,
  dropRemovedRecordings,
  wantRecordings,
  wantRecordingsOfRun,
} from './recordings/want-recordings.ts';
export {
  mapInitiationFailure,
  upsertInitiationFailures,
  type InitiationFailure,
} from './webhooks/initiation-failures.ts';
export {
  landInitiationFailure,
  landTranscription,
  storeUnknownEvent,
  type LandedWebhook,
  type WebhookTranscription,
} from './webhooks/land-webhook.ts';
export { receiveRecording, type ReceivedRecording } from './webhooks/received-recordings.ts';
export {
  keepDeadWebhook,
  listDeadWebhooks,
  noteUnreadAgain,
  readWebhookBody,
  type DeadWebhook,
} from './webhooks/dead-webhooks.ts';
export { readLastWebhooks, type LastWebhook } from './webhooks/last-webhooks.ts';
export { recordWebhookEvent, type WebhookEvent, type WebhookState } from './webhooks/record-event.ts';
export { waitForMigrations } from './wait-for-migrations.ts';
export { databaseProblem } from './database-problem.ts';
export { readPooling } from './read-pooling.ts';
export { readOnlyReason, readOnlyRemedy } from '@voxport/postgres';
