/** Variables by name, as a shell or a `.env` file gives them. */
export type Variables = Readonly<Record<string, string | undefined>>;

const reference = /\$(?:(\$)|\{([^{}]*)\}|([A-Za-z_]\w*))/g;
const expression = /^([A-Za-z_]\w*)(?:(:?)([-?+])(.*))?$/s;

/**
 * Replaces `$NAME`, `${NAME}` and the forms with `:-`, `-`, `:?`, `?`, `:+` and `+` in a text, as the Compose
 * specification has it; `$$` gives a dollar sign. A variable that is not set and has no default gives nothing.
 * @throws Error with the file's own message for a `?` form, or for an expression that is none.
 */
export function interpolate(text: string, variables: Variables): string {
  return text.replaceAll(reference, (whole, dollar?: string, braced?: string, plain?: string) => {
    if (dollar !== undefined) return '$';
    if (plain !== undefined) return variables[plain] ?? '';
    const parts = expression.exec(braced ?? '');
    if (parts === null) throw new Error(`"${whole}" is no variable that Compose would replace`);
    const [, name = '', colon, operator, word = ''] = parts;
    const value = variables[name];
    const isGiven = value !== undefined && (colon !== ':' || value !== '');
    if (operator === '+') return isGiven ? word : '';
    if (isGiven) return value;
    if (operator === '?') throw new Error(`${name} is not set: ${word}`);
    return word;
  });
}

/** The same for every string of a parsed document; keys stay as they are. */
export function interpolateDocument(document: unknown, variables: Variables): unknown {
  if (typeof document === 'string') return interpolate(document, variables);
  if (Array.isArray(document)) return document.map((item) => interpolateDocument(item, variables));
  if (typeof document !== 'object' || document === null) return document;
  return Object.fromEntries(
    Object.entries(document).map(([key, value]) => [key, interpolateDocument(value, variables)]),
  );
}
