/**
 * An object in which a path has a value: `a.b[].c{}` gives `{a: {b: [{c: {<mapKey>: value}}]}}`.
 * `companions` are fields that an object at a path needs beside it, e.g. the id by which a list's item is known.
 */
export function placeValue(
  path: string,
  value: unknown,
  mapKey: string,
  companions: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): Record<string, unknown> {
  const tokens = path.match(/[^.[\]{}]+|\[\]|\{\}/g) ?? [];
  const owners = tokens.map((_, index) => joinTokens(tokens.slice(0, index)));
  return tokens.reduceRight<unknown>((inner, token, index) => {
    if (token === '[]') return [inner];
    return { ...companions[owners[index] ?? ''], [token === '{}' ? mapKey : token]: inner };
  }, value) as Record<string, unknown>;
}

function joinTokens(tokens: readonly string[]): string {
  return tokens.reduce(
    (path, token) => (token === '[]' || token === '{}' ? path + token : path === '' ? token : `${path}.${token}`),
    '',
  );
}
