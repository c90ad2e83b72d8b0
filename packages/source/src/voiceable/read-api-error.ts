import { readErrorObject } from '../elevenlabs/read-api-error.ts';
import { type ApiError, isCodeWord, silentError } from '../request/api-error.ts';
import { parseJson } from '../request/parse-json.ts';
import { isObject, type JsonObject, numberOf, textOf } from '../rows/values.ts';

/**
 * Reads voiceable's error envelope `{status: {code, message}, error, errors[], details}`. By its reference `error`,
 * `errors` and `details` are sentences and `status.code` repeats the HTTP status: so there is no code to decide by, and
 * what cannot be told apart without matching sentences is left to the HTTP status. Where a code word does stand in one
 * of these places, or `details` holds the upstream's own error, it is read.
 */
export function readApiError(body: Uint8Array): ApiError {
  let json: unknown;
  try {
    json = parseJson(body);
  } catch {
    return silentError;
  }
  return isObject(json) ? readEnvelope(json) : silentError;
}

/**
 * An envelope under HTTP 200 whose own `status.code` is an error and which has no `data`. Undocumented, but cheap to be
 * safe from.
 */
export function readEmbeddedError(json: unknown): { status: number; error: ApiError } | null {
  if (!isObject(json) || !isObject(json['status']) || (json['data'] !== undefined && json['data'] !== null))
    return null;
  const status = numberOf(json['status']['code']);
  return status !== null && status >= 400 && status <= 599 ? { status, error: readEnvelope(json) } : null;
}

function readEnvelope(json: JsonObject): ApiError {
  const status = isObject(json['status']) ? json['status'] : {};
  const items = [
    json['error'],
    ...(Array.isArray(json['errors']) ? json['errors'] : [json['errors']]),
    json['details'],
  ];
  const inner = [...items, json]
    .filter(isObject)
    .filter((item) => item !== json || json['detail'] !== undefined)
    .map(readItem);
  const texts = items.filter((item) => typeof item === 'string').filter((text) => text.trim() !== '');

  const codes = [status['code'], ...texts].flatMap((value) =>
    typeof value === 'string' && isCodeWord(value) ? [value] : [],
  );
  const messages = [...texts, ...inner.flatMap(({ message }) => message ?? [])];
  return {
    codes: [...new Set([...codes, ...inner.flatMap((error) => error.codes)])],
    message: [...new Set(messages)].join('; ') || textOf(status['message']),
    parameter: inner.find(({ parameter }) => parameter !== null)?.parameter ?? null,
    isFromApi: true,
  };
}

/** An object where a sentence is documented: an upstream's error body, or `{field, message}` of a validator. */
function readItem(item: JsonObject): ApiError {
  const error = readErrorObject(item);
  const parameter = error.parameter ?? textOf(item['field']) ?? textOf(item['path']) ?? textOf(item['param']);
  return { ...error, parameter };
}
