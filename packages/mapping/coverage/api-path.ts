/** A field of a reference page's response: a fact about the API, without the page's prose. */
export interface ApiPath {
  /** The page, by its operation, e.g. `elevenlabs get`. */
  readonly page: string;
  /**
   * With `[]` for an array's items and `{}` for a map's values; a list row's fields start with `conversations[]` or
   * `data[]`.
   */
  readonly path: string;
  /**
   * JSON types, joined by `|`; `object` where the page names no fields, `recursive` where the model contains itself.
   */
  readonly type: string;
}
