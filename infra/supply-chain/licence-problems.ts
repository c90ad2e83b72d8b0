/** A part of a CycloneDX bill of materials, as far as it is read. */
export interface Component {
  readonly name: string;
  readonly group?: string | undefined;
  readonly version: string;
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    readonly expression?: string;
  }[];
}

/** Licences that ask for no more than to be named, or for the source of their own files. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'PostgreSQL',
  'Unlicense',
]);
/** Of tools for development, which nothing of ours is shipped with. */
const allowedInDevelopment = new Set([...allowed, 'MPL-2.0', 'Python-2.0']);
/**
 * Packages that name their licence in a way that tools do not read; each was read by hand in the file LICENSE of the
 * package.
 */
const readByHand: Readonly<Record<string, string>> = {
  buildcheck: 'MIT',
  busboy: 'MIT',
  'cpu-features': 'MIT',
  'humanize-number': 'MIT',
  ssh2: 'MIT',
  streamsearch: 'MIT',
};

/** Why parts may not be used, as sentences; empty when all may. */
export function licenceProblems(components: readonly Component[], isShipped: boolean): string[] {
  const may = isShipped ? allowed : allowedInDevelopment;
  return components.flatMap((component) => {
    if (component.group === '@voxport') return [];
    const licences = licencesOf(component);
    const name = `${component.group === undefined ? '' : `${component.group}/`}${component.name}@${component.version}`;
    if (licences.length === 0)
      return [
        `${name} names no licence: read its LICENSE, and note it in infra/supply-chain/licence-problems.ts or do without it`,
      ];
    // `A OR B` leaves the choice.
    const isFit = licences.every((licence) =>
      licence
        .replaceAll(/[()]/gu, '')
        .split(' OR ')
        .some((one) => may.has(one)),
    );
    return isFit ? [] : [`${name} is licensed under ${licences.join(', ')}, which is not on the list`];
  });
}

function licencesOf({ name, group, licenses = [] }: Component): string[] {
  const named = licenses.flatMap(({ license, expression }) => license?.id ?? license?.name ?? expression ?? []);
  const byHand = group === undefined ? readByHand[name] : undefined;
  return named.length === 0 && byHand !== undefined ? [byHand] : named;
}
