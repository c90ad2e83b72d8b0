import { mapConversation, type Drift } from '../../packages/mapping/src/index.ts';
import type { Case } from './cases.ts';
import { cellsOf, differing, type Cells, type Keys } from './cells.ts';
import type { Json } from './documents.ts';
import type { Mutation } from './mutations.ts';
import type { Invariant } from './round.ts';
import { withValueAt, type Path } from './tree.ts';

interface Checked {
  readonly one: Case;
  readonly keys: Keys;
  /** The conversation's cells, and those of its twin. */
  readonly found: Cells;
  readonly expected: Cells;
  readonly listedRow: Json | null;
  readonly isLoaded: boolean;
  /** The drift of the source, as `schema_drift` has it. */
  readonly known: ReadonlySet<string>;
  readonly find: (invariant: Invariant, subject: string, message: string) => void;
}

/** Values that a field may have had instead: what changes with any of them depends on the field. */
const others: readonly unknown[] = [
  'another word',
  1_767_000_000,
  3,
  true,
  false,
  {},
  [],
  null,
  { a_key: {} },
  [{}],
  ['a'],
];

/** What the payload does not decide. */
const fromRow: ReadonlySet<string> = new Set(['conversations message_count', 'conversations tool_names']);

/** Checks one conversation of a round against its twin. */
export function checkCase(checked: Checked): void {
  const { one, found, expected, isLoaded, find } = checked;
  const { ofDetail, ofRow } = one;
  if (ofDetail.length === 0 && ofRow.length === 0) {
    if (!isLoaded) find('untouched', one.id, 'nothing was done to it, and it is not loaded');
    const [first] = differing(expected, found);
    if (first !== undefined) find('untouched', one.id, `nothing was done to it, and ${tell(checked, first)}`);
    return;
  }
  if (!isLoaded) return;
  checkDrift(checked);
  if (ofRow.length > 0) checkRow(checked);
  else if (ofDetail.every(({ path }) => path !== null)) checkDetail(checked);
}

/** All that the mapping said of the payload is counted. */
function checkDrift({ one, listedRow, known, find }: Checked): void {
  for (const entry of driftOf(one.detail, one, listedRow)) {
    if (!known.has(identityOf(entry))) find('drift', one.id, `${identityOf(entry)} is not counted`);
  }
}

/** The detail decides, where it says something. */
function checkRow(checked: Checked): void {
  const { one, keys, found, expected, find } = checked;
  const decided = cellsOf(mapped(one.twinDetail, one, null).rows, keys);
  for (const name of differing(expected, found)) {
    const value = decided.get(name);
    if (value !== undefined && value !== 'null' && !fromRow.has(name) && !name.endsWith(' extra'))
      find('untouched', one.id, `${namesOf(one.ofRow)} in its list row: ${tell(checked, name)}`);
  }
}

function checkDetail(checked: Checked): void {
  const { one, keys, found, expected, listedRow, find } = checked;
  const { detail } = one.document;
  const twin = cellsOf(mapped(one.twinDetail, one, listedRow).rows, keys);
  const dependent = new Set<string>();
  for (const { path } of one.ofDetail) {
    // Without its id it is not a conversation: such a detail would not be loaded.
    if (path?.[0] === 'conversation_id') continue;
    for (const is of [null, ...others.map((value) => ({ is: value }))]) {
      const changed = withValueAt(detail, path!, is) as Json;
      for (const name of differing(
        twin,
        cellsOf(mapped(Buffer.from(JSON.stringify(changed)), one, listedRow).rows, keys),
      ))
        dependent.add(name);
    }
  }
  const changed = differing(expected, found);
  for (const name of changed) {
    if (!dependent.has(name) && !isOfNewRow(expected, name) && !name.endsWith(' extra'))
      find('untouched', one.id, `${namesOf(one.ofDetail)}: ${tell(checked, name)}`);
  }
  const [only] = one.ofDetail;
  if (one.ofDetail.length === 1 && only !== undefined) checkLost(checked, only, dependent, changed);
}

/** What was put there is in a cell, or its loss is told. */
function checkLost(
  checked: Checked,
  mutation: Mutation,
  dependent: ReadonlySet<string>,
  changed: readonly string[],
): void {
  const { one, listedRow, found, find } = checked;
  if (mutation.put === null) return;
  const before = new Set(driftOf(one.twinDetail, one, listedRow).map(identityOf));
  if (driftOf(one.detail, one, listedRow).some((entry) => !before.has(identityOf(entry)))) return;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(mutation.put, 'latin1').toString('utf8'));
  } catch {
    return;
  }
  const text = [...found.values()].join('\n');
  const missing = leavesOf(value).filter((part) => !text.includes(part));
  const isNull = [...dependent].every((name) => (found.get(name) ?? 'null') === 'null');
  if (missing.length > 0 && (isNull || typeof value === 'object') && changed.length > 0)
    find('drift', one.id, `${namesOf([mutation])}: ${missing.join(', ')} is in no cell, and no drift tells of it`);
}

/** Texts of a value that a search would find in the cells. */
function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return value.length < 4 ? [] : [JSON.stringify(value).slice(1, -1)];
  if (typeof value === 'number') return Math.abs(value) < 1000 ? [] : [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(leavesOf);
}

/** A list that has more items makes more rows. */
function isOfNewRow(expected: Cells, name: string): boolean {
  const row = name.slice(0, name.lastIndexOf(' ') + 1);
  for (const known of expected.keys()) if (known.startsWith(row)) return false;
  return true;
}

function mapped(body: Buffer, { id }: Case, listed: Json | null) {
  return mapConversation({ sourceId: 'mutated', conversationId: id, dialect: 'elevenlabs', body, listed });
}

function driftOf(body: Buffer, one: Case, listed: Json | null): readonly Drift[] {
  const mark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  return mapped(mark ? body.subarray(3) : body, one, listed).drift;
}

function tell({ expected, found }: Checked, name: string): string {
  return `${name} is ${short(found.get(name))} instead of ${short(expected.get(name))}`;
}

function short(value: string | undefined): string {
  return value === undefined ? 'not there' : value.slice(0, 120);
}

function namesOf(mutations: readonly Mutation[]): string {
  return mutations.map(({ name, path, put }) => `${name} (${put?.slice(0, 80) ?? '…'}) at ${spell(path)}`).join(', ');
}

function spell(path: Path | null): string {
  return path === null ? 'the bytes' : path.join('.');
}

function identityOf({ path, kind, seen }: Drift): string {
  return JSON.stringify([path, kind, seen]);
}
