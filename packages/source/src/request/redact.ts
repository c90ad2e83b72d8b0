/**
 * Makes a function that prepares foreign text (an API's message, a socket error) for a message of ours: every
 * occurrence of the API key becomes `[api key]`, control characters become blanks, and what is longer than
 * `lengthMax` characters is cut. Some APIs and debugging proxies echo the request in their errors.
 */
export function makeRedact(apiKey: string): (text: string, lengthMax?: number) => string {
  const spellings = [...new Set([apiKey, encodeURIComponent(apiKey), JSON.stringify(apiKey).slice(1, -1)])];
  return function redact(text, lengthMax = 500) {
    let clean = text;
    for (const spelling of spellings) clean = clean.replaceAll(spelling, '[api key]');
    clean = clean.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
    return clean.length > lengthMax ? `${clean.slice(0, lengthMax)}…` : clean;
  };
}
