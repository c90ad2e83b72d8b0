import { type ApiError, isCodeWord, silentError } from '../request/api-error.ts';
import { parseJson } from '../request/parse-json.ts';
import { isObject, type JsonObject, textOf } from '../rows/values.ts';

/**
 * Reads the body of an error answer: `detail` as an object (newer with `code`, older with `status`), as text, as a
 * 422's list, or HTML.
 */
export function readApiError(body: Uint8Array): ApiError {
  let json: unknown;
  try {
    json = parseJson(body);
  } catch {
    return silentError;
  }
  return isObject(json) ? readErrorObject(json) : silentError;
}

/** The same for a body that is JSON already, as an upstream's error inside a proxy's. */
export function readErrorObject(json: JsonObject): ApiError {
  const detail = json['detail'];
  if (Array.isArray(detail)) return readValidationList(detail);
  if (isObject(detail)) return readDetail(detail);
  return readDetail({ ...json, message: detail ?? json['message'] ?? json['error'] });
}

function readDetail(detail: JsonObject): ApiError {
  const words = [detail['code'], detail['status'], detail['type']].flatMap((value) =>
    typeof value === 'string' && isCodeWord(value) ? [value] : [],
  );
  const message = textOf(detail['message']);
  // A sentence in the code's place is still worth reading; a code in the message's place still decides.
  if (message !== null && isCodeWord(message) && message.includes('_')) words.push(message);
  return { codes: [...new Set(words)], message, parameter: textOf(detail['param']), isFromApi: true };
}

/**
 * `[{loc: ["query", "page_size"], msg, type}]`: the first problem names the parameter, all of them make the message.
 */
function readValidationList(list: readonly unknown[]): ApiError {
  const problems = list.filter(isObject).map((problem) => {
    const path = Array.isArray(problem['loc']) ? problem['loc'].flatMap((step) => textOf(step) ?? []) : [];
    const parameter = (path.length > 1 ? path.slice(1) : path).join('.');
    return { parameter, words: textOf(problem['msg']) ?? 'is refused', type: textOf(problem['type']) };
  });
  return {
    codes: [...new Set(problems.flatMap(({ type }) => (type !== null && isCodeWord(type) ? [type] : [])))],
    message:
      problems.map(({ parameter, words }) => (parameter === '' ? words : `${parameter}: ${words}`)).join('; ') || null,
    parameter: problems[0]?.parameter || null,
    isFromApi: true,
  };
}
