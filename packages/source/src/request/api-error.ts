/** What the body of an error answer tells, in whichever of its forms it came. */
export interface ApiError {
  /**
   * Every machine-readable code found: the newer `code`, the legacy `status`, the `type`. Decisions look for a word
   * among them.
   */
  readonly codes: readonly string[];
  /** The API's own words, for people. */
  readonly message: string | null;
  /** The request parameter that the API complains about. */
  readonly parameter: string | null;
  /** Whether the body was JSON of the API's making; false for a front end's HTML, an empty or a broken body. */
  readonly isFromApi: boolean;
}

/** An answer that tells nothing beyond its status. */
export const silentError: ApiError = { codes: [], message: null, parameter: null, isFromApi: false };

/** A code is one word; a sentence in the same place is a message. */
export function isCodeWord(text: string): boolean {
  return /^[a-z][a-z0-9_.-]{1,63}$/i.test(text);
}
