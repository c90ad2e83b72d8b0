/**
 * A number whose value a JavaScript number cannot hold, kept as the text that came. `JSON.stringify` writes it back
 * verbatim.
 */
export interface RawJson {
  readonly rawJSON: string;
}

interface RawJsonFunctions {
  rawJSON: (this: void, text: string) => RawJson;
  isRawJSON: (this: void, value: unknown) => value is RawJson;
  parse: (
    this: void,
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ) => unknown;
}

/**
 * JSON with source text access (ECMAScript proposal, in V8 since 11.4), which TypeScript's library does not know yet.
 */
const json = JSON as unknown as RawJsonFunctions;

/**
 * Parses and hands the reviver each primitive's source text. Recursive inside V8: overflows at some thousand levels.
 */
export const parseWithSource: RawJsonFunctions['parse'] = json.parse;
export const rawJson: RawJsonFunctions['rawJSON'] = json.rawJSON;
export const isRawJson: RawJsonFunctions['isRawJSON'] = json.isRawJSON;
