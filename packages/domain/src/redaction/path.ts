/** One step of a path through JSON. */
export type Step =
  | { readonly kind: 'key'; readonly key: string } // the value of a key
  | { readonly kind: 'keys'; readonly fits: (key: string) => boolean } // the value of every key that fits
  | { readonly kind: 'item' } // every item of a list
  | { readonly kind: 'one' } // every key or item
  | { readonly kind: 'deep' }; // any number of levels, none included

const stepText = /^(?:\*\*|\*|\[\*?\]|"(?:[^"\\]|\\.)*"|[^.[\]"*\s]+)/u;

/**
 * Reads a path such as `metadata.phone_call.external_number`, `transcript[].message`,
 * `analysis.data_collection_results.*.value`, `**.email` or `custom_llm_extra_body."a.b"`: keys are divided by dots,
 * `[]` is every item of a list, `*` every key or item, `**` any number of levels. Returns what is wrong with it as a
 * sentence, when something is.
 */
export function parsePath(text: string): readonly Step[] | string {
  const steps: Step[] = [];
  let rest = text.startsWith('$.') ? text.slice(2) : text;
  if (rest === '') return 'the path is empty';
  while (rest !== '') {
    const found = stepText.exec(rest)?.[0];
    if (found === undefined)
      return `"${rest}" is no key, [], * or ** (a key with other characters stands in double quotes)`;
    steps.push(stepOf(found));
    rest = rest.slice(found.length);
    if (rest.startsWith('.')) {
      rest = rest.slice(1);
      if (rest === '') return 'it ends with a dot';
    } else if (rest !== '' && !rest.startsWith('[')) {
      return `a dot is missing before "${rest}"`;
    }
  }
  return steps;
}

function stepOf(text: string): Step {
  if (text === '**') return { kind: 'deep' };
  if (text === '*') return { kind: 'one' };
  if (text.startsWith('[')) return { kind: 'item' };
  return { kind: 'key', key: text.startsWith('"') ? (JSON.parse(text) as string) : text };
}
