import { digestOfText } from '@voxport/domain';
import { filterNames } from '../filters/filter-kinds.ts';
import type { ApiError } from './api-error.ts';

/**
 * Codes that the APIs document, and those of the validator behind a 422. Any other word in their place may be
 * somebody's name.
 */
const knownCodes: ReadonlySet<string> = new Set(
  `authentication_error authorization_error bad_request cancelled concurrent_limit_exceeded conflict conversation_not_found
   document_not_found feature_not_available forbidden insufficient_permissions internal_error internal_server_error invalid_api_key
   invalid_cursor invalid_page_size invalid_parameters invalid_request invalid_request_error limit_exceeded maintenance
   method_not_allowed missing_api_key missing_permissions needs_authorization not_found payment_required permission_denied
   quota_exceeded rate_limit_error rate_limit_exceeded resource_not_found server_error service_unavailable system_busy
   too_many_concurrent_requests too_many_requests unauthorized unprocessable_entity unusual_activity validation_error
   missing extra_forbidden value_error type_error assertion_error json_invalid enum literal_error
   string_type string_too_short string_too_long string_pattern_mismatch int_type int_parsing int_from_float float_type float_parsing
   bool_type bool_parsing list_type dict_type datetime_parsing date_parsing url_parsing uuid_parsing
   less_than less_than_equal greater_than greater_than_equal too_short too_long`
    .trim()
    .split(/\s+/u),
);

/** What our requests send: nothing else can be what an API complains about by name. */
const knownParameters: ReadonlySet<string> = new Set([
  ...filterNames,
  'conversation_id',
  'call_start_after_unix',
  'call_start_before_unix',
  'page_size',
  'summary_mode',
  'cursor',
  'xi-api-key',
  'x-api-key',
]);

/** Ids as tracing systems make them. A telephone number has fewer digits than the shortest of them. */
const traceIds = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})$/iu;

/**
 * What of an API's error may be told. Its words quote what was sent or stored (a caller's number, an address), and no
 * rule of a redaction reaches into a sentence: of words, of codes and of parameters that nobody documents, only that
 * they came and their digest is told.
 */
export function tellableError({ codes, message, parameter }: ApiError): string {
  const known = codes.filter((code) => knownCodes.has(code));
  const strange = codes.filter((code) => !knownCodes.has(code));
  const words = [...strange, message ?? '', parameter === null || knownParameters.has(parameter) ? '' : parameter]
    .filter((text) => text !== '')
    .join('\n');
  return [
    known.length === 0 ? '' : ` (${known.join(', ')})`,
    parameter !== null && knownParameters.has(parameter) ? `, about the parameter ${parameter}` : '',
    words === ''
      ? ''
      : `, in words that are cut because they may quote a call (${words.length} characters, digest ${digestOfText(words)})`,
  ].join('');
}

/** The name under which the source finds a request, where it is one; what else stands there is told by its digest. */
export function tellableTraceId(traceId: string): string {
  return traceIds.test(traceId) ? traceId : `digest ${digestOfText(traceId)}`;
}

/** A media type or an encoding, as far as it has the form of one that is registered. */
export function tellableToken(text: string): string {
  return /^(?:(?:text|application|image|audio|video|multipart)\/[a-z0-9.+-]{1,40}|br|deflate|compress|zstd|chunked)$/u.test(
    text,
  )
    ? text
    : `of another kind (digest ${digestOfText(text)})`;
}
