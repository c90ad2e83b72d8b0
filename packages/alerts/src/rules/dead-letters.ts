import { type Condition, duration } from '@voxport/domain';
import type { RuleSettings, SourceObservation } from '../observation.ts';
import { counted, secsBetween } from '../words.ts';

const nouns: Readonly<Record<string, readonly [one: string, many: string]>> = {
  list: ['window could not be listed', 'windows could not be listed'],
  fetch: ['conversation could not be fetched', 'conversations could not be fetched'],
  load: ['conversation could not be loaded', 'conversations could not be loaded'],
};

/** What to do by class; the messages themselves are not told, for they may quote a payload. */
const fixes: Readonly<Record<string, string>> = {
  server_error: 'The source failed for longer than it is tried. When it is well again, have them tried again.',
  timeout: 'The source was silent for longer than it is tried. When it answers again, have them tried again.',
  connection: 'The source could not be reached for longer than it is tried. When it can, have them tried again.',
  rate_limit: 'The source refused for longer than it is tried. Have them tried again.',
  invalid_request: 'The source refuses these requests. Check base_url and filters, then have them tried again.',
  not_found: 'The source does not know them. Check base_url, then have them tried again or discard them.',
  malformed_response: 'Something else answered in place of the API. Look at what came, then have them tried again.',
  unusable_payload:
    'The source sent something that is not a conversation. Look at what came, then try again or discard.',
  incomplete_list: 'The source lists less than it counts. Have it listed again, or set check_total_count: false.',
  unauthorized: 'The list accepts the API key, these do not. Allow it to read them, then have them tried again.',
  forbidden: 'The list accepts the API key, these do not. Allow it to read them, then have them tried again.',
  payment_required: 'The list is answered, these are not without payment. See the account, then have them tried again.',
  quota_exceeded: "The account's quota does not cover these. Raise it, then have them tried again.",
  not_the_api:
    'A proxy, firewall or login page answered in place of the API. Check base_url and what stands between, then have them tried again.',
  detail_missing:
    'The source lists them and answers 404 for each. Check base_url and dialect, then have them tried again.',
  incomplete_payload:
    'The source sent less than it lists. Look at what came and have them tried again when the source is well; if its message_count counts something else, set check_message_count: false.',
  damaged_payload: 'What is stored of them is damaged. Have them tried again: they are fetched anew.',
  mapping: 'The payloads are kept. Update Voxport, then have them loaded again: no request is sent.',
  storage: 'Remedy the place where they are stored, then have them tried again.',
};

/** Dead letters, one condition a source, stage and class. */
export function deadLetters({ deadLetters: groups }: SourceObservation, now: Date, settings: RuleSettings) {
  return groups.map((group): Condition => {
    const { sourceId, stage, errorClass, count } = group;
    const [one, many] = nouns[stage] ?? ['thing failed', 'things failed'];
    return {
      fingerprint: `dead_letters/${sourceId}/${stage}/${errorClass}`,
      kind: 'dead_letters',
      severity: count >= settings.deadLettersCritical ? 'critical' : 'warning',
      sourceId,
      title: `${sourceId}: ${counted(count, one, many)} (${errorClass})`,
      detail: `They ended in the dead letters; the last ${duration(secsBetween(group.lastFailedAt, now))} ago. Look at them: voxport failures --each --source ${sourceId} --stage ${stage} --class ${errorClass}`,
      since: group.firstFailedAt,
      count,
      // Ten times as many is news; one more is not.
      revision: `10^${Math.floor(Math.log10(Math.max(1, count)))}`,
      remedy: fixes[errorClass] ?? 'Look at what happened, then have them tried again.',
      command: `voxport failures retry --source ${sourceId} --stage ${stage} --class ${errorClass}`,
    };
  });
}
