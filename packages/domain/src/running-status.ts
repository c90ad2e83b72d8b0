/**
 * The words for a call, or its analysis, that is not over: the reference's three, and the usual ones of telephony,
 * because proxies document no list of theirs.
 */
export const runningStatuses: readonly string[] = [
  'initiated',
  'in-progress',
  'processing',
  'pending',
  'queued',
  'scheduled',
  'dialing',
  'ringing',
  'connecting',
  'active',
  'ongoing',
  'running',
];

const runningWords: ReadonlySet<string> = new Set(runningStatuses);

/**
 * Whether a status word is one of those that mean "not over yet"; `In_Progress` is `in-progress`.
 * Every other word counts as over, also one that is new: vocabularies grow, and a conversation that is taken for
 * running would be asked for again and again, while one taken for over is looked at later by the source's policy.
 */
export function isRunningStatus(status: string | null): boolean {
  if (status === null) return false;
  return runningWords.has(
    status
      .trim()
      .toLowerCase()
      .replaceAll(/[_\s]+/g, '-'),
  );
}
