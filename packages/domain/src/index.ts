export {
  adaptInFlight,
  adoptInFlight,
  initialInFlight,
  rememberedInFlight,
  resettleInFlight,
  roomInFlight,
  type InFlightOutcome,
  type InFlightPlace,
  type InFlightState,
} from './adapt-in-flight.ts';
export { certificateRefusals } from './certificate-refusals.ts';
export type { ConversationPage, ConversationPayload, ListedConversation } from './conversation.ts';
export { dialects, type Dialect } from './dialect.ts';
export { digestOfText } from './digest-of-text.ts';
export { failureCodes, TerminalFailure, TransientFailure, type FailureCode } from './failure.ts';
export { entityNames, type EntityItem, type EntityName, type EntityPage, type EntityRequest } from './entities.ts';
export type { ListFilters } from './filters.ts';
export { judgeError, type JudgedError } from './judge-error.ts';
export { priorityFor, type Priority } from './priority.ts';
export { nextCheckInSecs, type CheckPolicy } from './next-check.ts';
export {
  listedRange,
  newTrail,
  observePage,
  passedRange,
  restartTrail,
  splitRest,
  type ListingProblem,
  type ListingTrail,
} from './listing-trail.ts';
export { missingText, type MissingHold, type MissingReason } from './missing-text.ts';
export type { Origin } from './origin.ts';
export { readTime, readTimeSecs, timeSecsMax, timeSecsMin } from './read-time.ts';
export { planListing, type OpenListing, type PlannedListing } from './plan-listing.ts';
export { splitRange } from './plan-windows.ts';
export { recordOf } from './record-of.ts';
export {
  backoffMs,
  decideRetry,
  defaultRetryPolicy,
  describeFailure,
  failureFields,
  isRefusal,
  isSilence,
  type RetryDecision,
  type RetryPolicy,
} from './retry.ts';
export { isRunningStatus, runningStatuses } from './running-status.ts';
export { shareInFlight } from './share-in-flight.ts';
export { snakeJson } from './snake-json.ts';
export { bytesOfText, textOfBytes } from './text-of-bytes.ts';
export type { TimeRange } from './time-range.ts';
export { subtractRanges } from './time-ranges.ts';
export { isHeaderName, isHeadersKey, mayHoldHeaders } from './redaction/headers-key.ts';
export { makeRedaction, type Redaction } from './redaction/make-redaction.ts';
export { memberText, withoutMembers } from './redaction/member-text.ts';
export { parsePath } from './redaction/path.ts';
export {
  placeholder,
  redactionActions,
  redactionGroups,
  type RedactionAction,
  type RedactionGroup,
  type RedactionRule,
} from './redaction/rules.ts';
export {
  isAtLeast,
  severities,
  type AlertKind,
  type Condition,
  type Notice,
  type NoticeEvent,
  type Severity,
} from './alerts/alert.ts';
export { isQuiet, isTimezone, parseWallMinute, type QuietHours } from './alerts/quiet-hours.ts';
export { ago, duration } from './duration.ts';
export type { BucketSettings, StoreSettings } from './recording-store.ts';
export { version } from './version.ts';
export type { WantedDetail } from './wanted-detail.ts';
export { isDistinctive } from './redaction/echoes.ts';
export { proxyEnvironment, proxyOf, type ProxySettings } from './proxy.ts';
