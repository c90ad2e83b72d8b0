/**
 * What becomes of a value: its place becomes null, a placeholder, or a keyed digest; `keep` makes an exception from the
 * rules that follow.
 */
export const redactionActions = ['drop', 'mask', 'hash', 'keep'] as const;
export type RedactionAction = (typeof redactionActions)[number];

/** Named groups of fields, see `fieldGroups`. */
export const redactionGroups = [
  'messages',
  'phone_numbers',
  'user_ids',
  'dynamic_variables',
  'collected_data',
  'tools',
  'overrides',
] as const;
export type RedactionGroup = (typeof redactionGroups)[number];

/** One rule. Of several that fit a value, the first one counts. */
export interface RedactionRule {
  readonly action: RedactionAction;
  /** Whole groups of fields. */
  readonly fields: readonly RedactionGroup[];
  /** Dynamic variables by name, and the changes that tools made to them. */
  readonly variables: readonly string[];
  /** Places in the payload, see `parsePath`. */
  readonly paths: readonly string[];
}

/** What stands where a value was masked, and where a header's value was. */
export const placeholder = '[redacted]';
