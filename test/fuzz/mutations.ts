import { gzipSync } from 'node:zlib';
import type { Random } from './random.ts';
import {
  childrenOf,
  copyOf,
  leaf,
  remove,
  replace,
  rootOf,
  treeOf,
  write,
  type Path,
  type Place,
  type Tree,
} from './tree.ts';

/** What was done to a document. */
export interface Mutation {
  readonly name: string;
  /** The value that was changed; null where the bytes were, wherever. */
  readonly path: Path | null;
  /** What stands there now, as JSON text; null where nothing can be told of it. */
  readonly put: string | null;
}

type Mutate = (random: Random, place: Place) => { put: string | null; scope?: Path } | null;

const foreign: readonly unknown[] = [
  null,
  true,
  false,
  0,
  7,
  -3,
  4711,
  'banana',
  '',
  '42',
  'true',
  {},
  [],
  { strange: 'marker-of-a-map' },
  ['marker-of-a-list'],
  [null],
  [[4711]],
];
const numbers = [
  '1e308',
  '-1e308',
  '1e999',
  '1e-999',
  '-0',
  '5e-324',
  '9223372036854775808',
  '123456789012345678901234567890',
  '0.10000000000000000555111512312578',
  '-17',
  '1e15',
  '"1e308"',
  '"9223372036854775808"',
  '2147483648',
];
const times = [
  '0',
  '-1',
  '95',
  '1767225600000',
  '1767225600000000',
  '4102444800',
  '4102444799',
  '99999999999999999',
  '1e20',
  '"1767225600"',
  '"2026-02-31T00:00:00Z"',
  '"2026-01-01T00:00:00-05"',
  '"yesterday"',
];
const texts = [
  String.raw`"a\u0000b-marker"`,
  String.raw`"\ud800-marker"`,
  String.raw`"\udc00\ud800-marker"`,
  '"\u{1f600}-marker"',
  '"2026-01-01"',
  '"\u202emarker"',
  '"{\\"a\\":\\"\\\\u0000\\"}"',
];

/** Changes of one value, by name. Each says what it has put there. */
const valueMutations: Readonly<Record<string, Mutate>> = {
  'another type': (random, place) => put(place, treeOf(random.pick(foreign))),
  'a missing key': (_, place) => {
    if (place.parent === null) return null;
    remove(place);
    return { put: null, scope: place.parent.kind === 'array' ? place.path.slice(0, -1) : place.path };
  },
  'a doubled key': (random, { parent, index, tree }) => {
    if (parent?.kind !== 'object') return null;
    const { key } = parent.members[index]!;
    const other = random.chance(0.5) ? copyOf(tree) : treeOf(random.pick(foreign));
    parent.members.splice(index + random.below(2), 0, { key, value: other });
    return { put: null };
  },
  'a huge number': (random, place) => put(place, leaf(random.pick(numbers))),
  'an absurd time': (random, place) => put(place, leaf(random.pick(times))),
  'an odd text': (random, place) => put(place, leaf(random.pick(texts))),
  'bytes that are no UTF-8': (random, place) =>
    put(place, { kind: 'leaf', text: random.pick(['"\xff\xfe-marker"', '"\xc3(-marker"', '"marker-\xe2\x82"']) }),
  'deep nesting': (random, place) => {
    const levels = random.pick([40, 600, 5_000, 30_000]);
    const text = random.chance(0.5)
      ? `${'['.repeat(levels)}"deep-marker"${']'.repeat(levels)}`
      : `${'{"a":'.repeat(levels)}"deep-marker"${'}'.repeat(levels)}`;
    return put(place, leaf(text), null);
  },
  'a long text': (random, place) => put(place, leaf(`"${'long '.repeat(random.pick([50, 3_000, 100_000]))}marker"`)),
  'a wrong list': (random, place) => {
    const { tree } = place;
    if (tree.kind !== 'array') return put(place, { kind: 'array', items: [copyOf(tree)] });
    const { items } = tree;
    const changed = random.pick([
      () => items.concat(items.map(copyOf)),
      () => items.toReversed(),
      () => items.concat(treeOf(random.pick(foreign))),
      () => [treeOf(random.pick(foreign)), ...items],
      () => [],
      () => items.slice(0, Math.floor(items.length / 2)),
    ])();
    return put(place, { kind: 'array', items: changed }, null);
  },
  'a list as a map': (_, place) => {
    const { tree } = place;
    if (tree.kind === 'array')
      return put(place, { kind: 'object', members: tree.items.map((value, key) => ({ key: `${key}`, value })) }, null);
    if (tree.kind === 'object')
      return put(place, { kind: 'array', items: tree.members.map(({ value }) => value) }, null);
    return put(place, { kind: 'leaf', text: `{"0":${tree.text}}` }, null);
  },
  'an unknown key': (random, { tree }) => {
    if (tree.kind !== 'object') return null;
    const key = random.pick(['brand_new', '__proto__', 'constructor', '', 'a\u0000b', 'x'.repeat(400), 'toString']);
    const value = random.pick(['"marker-of-a-new-key"', '{"a":["marker-of-a-new-key"]}', '12345678901234567890']);
    tree.members.splice(random.below(tree.members.length + 1), 0, { key, value: leaf(value) });
    return { put: value };
  },
  'headers somewhere': (_, { tree }) => {
    if (tree.kind !== 'object') return null;
    tree.members.push({ key: 'headers', value: leaf('{"Authorization":"Bearer of-a-secret"}') });
    return { put: null };
  },
  'a key spelt otherwise': (random, { parent, index }) => {
    if (parent?.kind !== 'object') return null;
    const member = parent.members[index]!;
    member.key = random.pick([member.key.toUpperCase(), `${member.key} `, member.key.replaceAll('_', '-')]);
    return { put: null };
  },
  'a value of elsewhere': (random, place) => {
    if (place.parent === null) return null;
    const siblings = childrenOf(rootOf(place.parent));
    return put(place, copyOf(random.pick(siblings).tree), null);
  },
};

/** Changes of the bytes, wherever they fall. */
const byteMutations: Readonly<Record<string, (random: Random, body: Buffer) => Buffer>> = {
  'a truncated body': (random, body) => body.subarray(0, random.below(body.length)),
  'a flipped byte': (random, body) => {
    const changed = Buffer.from(body);
    const at = random.below(changed.length);
    changed[at] = changed[at]! ^ (1 << random.below(8));
    return changed;
  },
  'a byte that is no UTF-8': (random, body) => insert(body, random.below(body.length), Buffer.from([0xff])),
  'a NUL byte': (random, body) => insert(body, random.below(body.length), Buffer.from([0])),
  'a byte order mark': (_, body) => insert(body, 0, Buffer.from([0xef, 0xbb, 0xbf])),
  'an empty body': () => Buffer.alloc(0),
  HTML: () => Buffer.from('<!doctype html><title>Just a moment…</title>'),
  'JSON that is no object': (random) => Buffer.from(random.pick(['null', '[]', '7', '"text"', 'true', '[{}]'])),
  'twice the same': (_, body) => Buffer.concat([body, body]),
  'something behind it': (_, body) => Buffer.concat([body, Buffer.from('\n-- end')]),
  'UTF-16': (_, body) => Buffer.from(body.toString('utf8'), 'utf16le'),
  'a gzip body without a label': (_, body) => gzipSync(body),
  'no JSON, with headers in it': () => Buffer.from('oops, {"headers": {"Authorization": "Bearer of-a-secret"'),
};

const valueMutationNames = Object.keys(valueMutations);
const byteMutationNames = Object.keys(byteMutations);

/** Changes one value of a tree, in place. */
export function mutateValue(random: Random, tree: Tree, without: ReadonlySet<string> = new Set()): Mutation {
  const names = valueMutationNames.filter((name) => !without.has(name));
  for (;;) {
    const name = random.pick(names);
    const place = pickPlace(random, tree);
    const done = valueMutations[name]!(random, place);
    if (done !== null) return { name, path: done.scope ?? place.path, put: done.put };
  }
}

/** Changes the bytes of a body. */
export function mutateBytes(random: Random, body: Buffer): { body: Buffer; mutation: Mutation } {
  const name = random.pick(byteMutationNames);
  return { body: byteMutations[name]!(random, body), mutation: { name, path: null, put: null } };
}

/** A place below the root: each level is as likely as the next, or a transcript would get nearly all. */
function pickPlace(random: Random, tree: Tree): Place {
  let place = rootOf(tree);
  for (;;) {
    const children = childrenOf(place);
    if (children.length === 0) return place;
    place = random.pick(children);
    if (random.chance(0.3)) return place;
  }
}

/** `told`: what can be found again of it; null where it is what was there already, or nothing that a search finds. */
function put(place: Place, tree: Tree, told: string | null = write(tree)): { put: string | null } {
  replace(place, tree);
  return { put: told };
}

function insert(body: Buffer, at: number, bytes: Buffer): Buffer {
  return Buffer.concat([body.subarray(0, at), bytes, body.subarray(at)]);
}
