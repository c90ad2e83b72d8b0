/**
 * A key without case and separators: `userId`, `USER_ID` and `user-id` are one, because a source may spell its keys
 * anew at any time, and a rule that misses one stores what it was to keep out. A leading `=`, the label of a variable,
 * stays.
 */
export function normalKey(key: string): string {
  return key.toLowerCase().replaceAll(/[^\p{L}\p{N}=]/gu, '');
}

/**
 * Whether the text spells letters of ASCII as escapes, which no serialiser does by itself: a key in it can only be
 * known by decoding it.
 */
export function hasEscapedLetters(text: string): boolean {
  return /\\u00[4-7]/iu.test(text);
}
