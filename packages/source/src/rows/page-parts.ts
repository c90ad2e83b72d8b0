import type { ListedConversation } from '@voxport/domain';

/** A list envelope's parts, read but not yet judged. */
export interface PageParts {
  readonly conversations: readonly ListedConversation[];
  readonly unusableRows: readonly unknown[];
  readonly nextCursor: string | null;
  /** `has_more` as it came. */
  readonly hasMore: unknown;
  readonly totalCount: number | null;
}
