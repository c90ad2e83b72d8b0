/**
 * The conversation inside a proxy's envelope `{status: {code, message}, data}`; anything else comes back as it is. A
 * list of one counts as that one.
 */
export function unwrapEnvelope(value: unknown): unknown {
  if (!isObject(value) || !isObject(value['status']) || !('data' in value)) return value;
  const { data } = value;
  return Array.isArray(data) && data.length === 1 ? data[0] : data;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
