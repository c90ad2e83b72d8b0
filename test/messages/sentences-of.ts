import { parseSync, Visitor } from 'oxc-parser';

/** A text of a module that people may read, and where it begins. */
export interface Sentence {
  readonly text: string;
  readonly line: number;
}

/** Tags of templates that are not read by people. */
const codeTags: ReadonlySet<string> = new Set(['sql']);

/**
 * The texts of a module that consist of several words: literals and templates, with an ellipsis where a value is put
 * in. SQL is none.
 * @throws Error on a syntax error.
 */
export function sentencesOf(path: string, text: string): Sentence[] {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0)
    throw new Error(`${path} cannot be parsed: ${errors.map((error) => error.message).join('; ')}`);
  const sentences: Sentence[] = [];
  const skipped = new Set<number>();
  const add = (value: string, start: number): void => {
    if (skipped.has(start) || !/\S\s+\S+\s+\S/u.test(value) || isSql(value)) return;
    sentences.push({ text: value, line: text.slice(0, start).split('\n').length });
  };
  new Visitor({
    TaggedTemplateExpression({ tag, quasi }) {
      const name = tag.type === 'Identifier' ? tag.name : '';
      if (codeTags.has(name)) skipped.add(quasi.start);
    },
    TemplateLiteral({ quasis, start }) {
      add(quasis.map(({ value }) => value.cooked ?? value.raw).join('…'), start);
    },
    Literal({ value, start }) {
      if (typeof value === 'string') add(value, start);
    },
  }).visit(program);
  return sentences;
}

function isSql(text: string): boolean {
  return /^\s*(?:select|insert|update|delete|with|create|alter|drop|set|begin|declare|grant|revoke)\s/u.test(text);
}
