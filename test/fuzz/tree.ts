/**
 * JSON as it is spelt: keys may occur twice, and a leaf is whatever text somebody put there, valid or not. Texts are
 * "binary": a character a byte, so that bytes can stand in them that are no UTF-8.
 */
export type Tree =
  | { readonly kind: 'object'; readonly members: Member[] }
  | { readonly kind: 'array'; readonly items: Tree[] }
  | { readonly kind: 'leaf'; text: string };

export interface Member {
  key: string;
  value: Tree;
}

/** Keys and indexes from the root. */
export type Path = readonly (string | number)[];

/** A value in a tree, and where it stands. */
export interface Place {
  readonly tree: Tree;
  readonly parent: Tree | null;
  readonly index: number;
  readonly path: Path;
}

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: 'array', items: value.map(treeOf) };
  if (typeof value !== 'object' || value === null) return leaf(JSON.stringify(value ?? null));
  const members = Object.entries(value).map(([key, entry]) => ({ key, value: treeOf(entry) }));
  return { kind: 'object', members };
}

/** A leaf of a JSON text. */
export function leaf(text: string): Tree {
  return { kind: 'leaf', text: binaryOf(text) };
}

export function binaryOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The bytes of a tree. */
export function bytesOf(tree: Tree): Buffer {
  return Buffer.from(write(tree), 'latin1');
}

export function write(tree: Tree): string {
  switch (tree.kind) {
    case 'leaf':
      return tree.text;
    case 'array':
      return `[${tree.items.map(write).join(',')}]`;
    case 'object':
      return `{${tree.members.map(({ key, value }) => `${binaryOf(JSON.stringify(key))}:${write(value)}`).join(',')}}`;
  }
}

export function copyOf(tree: Tree): Tree {
  switch (tree.kind) {
    case 'leaf':
      return { ...tree };
    case 'array':
      return { kind: 'array', items: tree.items.map(copyOf) };
    case 'object':
      return { kind: 'object', members: tree.members.map(({ key, value }) => ({ key, value: copyOf(value) })) };
  }
}

export function childrenOf(place: Place): Place[] {
  const { tree, path } = place;
  if (tree.kind === 'array')
    return tree.items.map((item, index) => ({ tree: item, parent: tree, index, path: [...path, index] }));
  if (tree.kind === 'leaf') return [];
  return tree.members.map(({ key, value }, index) => ({ tree: value, parent: tree, index, path: [...path, key] }));
}

export function rootOf(tree: Tree): Place {
  return { tree, parent: null, index: 0, path: [] };
}

/** Puts another value in a place. */
export function replace({ parent, index }: Place, tree: Tree): void {
  if (parent?.kind === 'array') parent.items[index] = tree;
  else if (parent?.kind === 'object') parent.members[index]!.value = tree;
}

export function remove({ parent, index }: Place): void {
  if (parent?.kind === 'array') parent.items.splice(index, 1);
  else if (parent?.kind === 'object') parent.members.splice(index, 1);
}

/** What a plain JSON value is with another value at a path, or, without one, with nothing there. */
export function withValueAt(root: unknown, path: Path, value: { readonly is: unknown } | null): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value?.is;
  if (typeof root !== 'object' || root === null) return root;
  if (Array.isArray(root)) {
    const items = [...(root as unknown[])];
    if (rest.length === 0 && value === null) items.splice(Number(step), 1);
    else items[Number(step)] = withValueAt(items[Number(step)], rest, value);
    return items;
  }
  const members: Record<string, unknown> = { ...root };
  if (rest.length === 0 && value === null) delete members[step];
  else members[step] = withValueAt(members[step], rest, value);
  return members;
}
