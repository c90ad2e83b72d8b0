import { createHash } from 'node:crypto';
import { describeFailure, TerminalFailure, type Dialect } from '@voxport/domain';
import { type ConversationRows, type Drift, mapConversation, rowMappingVersion } from '@voxport/mapping';
import {
  decodeBody,
  mapInitiationFailure,
  type ClaimedPayload,
  type InitiationFailure,
  type LoadItem,
} from '@voxport/warehouse';

/** A claimed payload that became rows. */
export interface Mapped {
  readonly kind: 'mapped';
  readonly claimed: ClaimedPayload;
  readonly rows: ConversationRows;
  readonly drift: readonly Drift[];
  /** Digest of all that the rows are made from: same digest, same rows. */
  readonly contentHash: Buffer;
}

/** A claimed payload that is not a conversation. */
export interface Unusable {
  readonly kind: 'unusable';
  readonly claimed: ClaimedPayload;
  readonly failure: TerminalFailure;
}

/** The claimed event of a call that never became a conversation. */
export interface MappedFailure {
  readonly kind: 'initiation_failure';
  readonly claimed: ClaimedPayload;
  readonly row: InitiationFailure;
}

/**
 * Decodes a claimed payload, unless its bytes are held (`heldBody`), and maps it to rows; one that cannot be decoded or
 * mapped is `unusable`, whatever the reason.
 */
export async function mapClaimed(
  claimed: ClaimedPayload,
  { heldBody, ...source }: { sourceId: string; dialect: Dialect; heldBody?: Uint8Array | null },
): Promise<Mapped | MappedFailure | Unusable> {
  try {
    const body = heldBody ?? (await decodeBody(claimed));
    if (claimed.kind === 'initiation_failure') {
      const row = mapInitiationFailure({ ...source, conversationId: claimed.conversationId, body });
      return { kind: 'initiation_failure', claimed, row };
    }
    const { rows, drift } = mapConversation({
      ...source,
      conversationId: claimed.conversationId,
      body,
      listed: claimed.listedRow,
    });
    return { kind: 'mapped', claimed, rows, drift, contentHash: contentHash(claimed) };
  } catch (error) {
    if (error instanceof TerminalFailure) return { kind: 'unusable', claimed, failure: error };
    // A bug in reading one payload must not hold up the others of its source. The payload is kept, and a later version
    // may read it.
    const { message } = describeFailure(error);
    return { kind: 'unusable', claimed, failure: new TerminalFailure('mapping', message, { cause: error }) };
  }
}

/** A mapped payload as the warehouse takes it. */
export function toLoadItem({ claimed, rows, contentHash: digest }: Mapped): LoadItem {
  return {
    rows,
    observedAt: claimed.observedAt,
    origin: claimed.origin,
    payloadSha256: claimed.sha256,
    contentHash: digest,
    mappingVersion: rowMappingVersion,
    // A webhook may leave the transcript out, and means nothing by it: mirrored deletions do not follow it.
    ...(claimed.origin === 'webhook' ? { keepTranscript: true } : {}),
  };
}

/**
 * The payload, the list row that fills its gaps, and the version of the mapping. The row comes from jsonb, so its keys
 * stand in one order.
 */
function contentHash({ sha256, listedRow }: ClaimedPayload): Buffer {
  return createHash('sha256')
    .update(sha256)
    .update(JSON.stringify([rowMappingVersion, listedRow]))
    .digest();
}
