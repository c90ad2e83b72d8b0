/** The command was called wrongly: the message says which argument, and what it takes. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
