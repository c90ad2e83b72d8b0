import type { RagChunkRow } from './tables/children.ts';
import { hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import { flag } from './read/flag.ts';
import { score, duration } from './read/quantity.ts';
import type { Reading } from './read/reading.ts';
import { list, record } from './read/record.ts';
import { identifier, text, texts, word } from './read/text.ts';
import type { TurnPlace } from './row-key.ts';
import { embeddingModels } from './vocabularies.ts';

/** What `rag_retrieval_info` tells of the turn itself. */
export interface Retrieval {
  rag_query: string | null;
  rag_embedding_model: string | null;
  rag_latency_secs: number | null;
}

const path = 'transcript[].rag_retrieval_info';
const retrievalKeys: ReadonlySet<string> = new Set([
  'chunks',
  'embedding_model',
  'retrieval_query',
  'rag_latency_secs',
  'used_chunk_ids',
]);
const chunkKeys: ReadonlySet<string> = new Set(['document_id', 'chunk_id', 'vector_distance', 'is_used']);
const nothing: Retrieval = { rag_query: null, rag_embedding_model: null, rag_latency_secs: null };

/**
 * Adds a row a chunk of a turn's `rag_retrieval_info`. A chunk is used as its own flag says, where it has one, else as
 * `used_chunk_ids` lists it; where neither is told, it is.
 */
export function addRagChunks(
  reading: Reading,
  rows: RagChunkRow[],
  extra: Extra,
  turn: TurnPlace,
  value: unknown,
): Retrieval {
  const info = record(reading, value, path);
  if (info === null) return nothing;
  if (hasUnknown(info, retrievalKeys)) keepUnknown(reading, extra, info, retrievalKeys, path, ['rag_retrieval_info']);
  const chunkPath = `${path}.chunks[]`;
  const usedIds = texts(reading, info['used_chunk_ids'], `${path}.used_chunk_ids`);
  for (const [index, item] of (list(reading, info['chunks'], `${path}.chunks`) ?? []).entries()) {
    const chunk = record(reading, item, chunkPath);
    if (chunk === null) continue;
    if (hasUnknown(chunk, chunkKeys)) {
      keepUnknown(reading, extra, chunk, chunkKeys, chunkPath, ['rag_retrieval_info', 'chunks', String(index)]);
    }
    const chunkId = identifier(reading, chunk['chunk_id'], `${chunkPath}.chunk_id`);
    const isListed = usedIds === null || (chunkId !== null && usedIds.includes(chunkId));
    rows.push({
      source_id: turn.source_id,
      conversation_id: turn.conversation_id,
      turn_index: turn.turn_index,
      chunk_index: index,
      document_id: identifier(reading, chunk['document_id'], `${chunkPath}.document_id`),
      chunk_id: chunkId,
      vector_distance: score(reading, chunk['vector_distance'], `${chunkPath}.vector_distance`),
      is_used: chunk['is_used'] == null ? isListed : flag(reading, chunk['is_used'], `${chunkPath}.is_used`),
    });
  }
  return {
    rag_query: text(reading, info['retrieval_query'], `${path}.retrieval_query`),
    rag_embedding_model: word(reading, info['embedding_model'], `${path}.embedding_model`, embeddingModels),
    rag_latency_secs: duration(reading, info['rag_latency_secs'], `${path}.rag_latency_secs`),
  };
}
