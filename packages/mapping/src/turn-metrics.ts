import type { TurnMetricRow } from './tables/children.ts';
import { hasUnknown, keepUnknown, type Extra } from './read/extra.ts';
import { jsonCell } from './read/json-cell.ts';
import { duration } from './read/quantity.ts';
import type { JsonRecord, Reading } from './read/reading.ts';
import { isRecord, record } from './read/record.ts';
import { identifier } from './read/text.ts';
import type { TurnPlace } from './row-key.ts';

/** What `conversation_turn_metrics` tells of the turn itself. */
export interface SpeechModels {
  asr_provider: string | null;
  tts_provider: string | null;
  tts_model: string | null;
  tts_cascade: string | null;
  voice_id: string | null;
}

const path = 'transcript[].conversation_turn_metrics';
const metricsKeys: ReadonlySet<string> = new Set([
  'metrics',
  'convai_asr_provider',
  'convai_tts_provider',
  'convai_tts_model',
  'convai_tts_cascade',
  'voice_id',
]);
const metricKeys: ReadonlySet<string> = new Set(['elapsed_time']);
const nothing: SpeechModels = {
  asr_provider: null,
  tts_provider: null,
  tts_model: null,
  tts_cascade: null,
  voice_id: null,
};

/**
 * Adds a row a metric of a turn's `conversation_turn_metrics`, in either of its shapes: below `metrics`, or (older)
 * flat.
 */
export function addTurnMetrics(
  reading: Reading,
  rows: TurnMetricRow[],
  extra: Extra,
  turn: TurnPlace,
  value: unknown,
): SpeechModels {
  const block = record(reading, value, path);
  if (block === null) return nothing;
  const names = new Set<string>();
  const nested = record(reading, block['metrics'], `${path}.metrics`);
  if (nested !== null) {
    for (const key of Object.keys(nested)) addMetric(key, nested[key], `${path}.metrics{}`, ['metrics', key]);
  }
  if (hasUnknown(block, metricsKeys)) {
    const flat: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const key of Object.keys(block)) {
      if (metricsKeys.has(key)) continue;
      const item = block[key];
      if (isRecord(reading, item) && 'elapsed_time' in item) addMetric(key, item, `${path}{}`, [key]);
      else flat[key] = item;
    }
    keepUnknown(reading, extra, flat, metricsKeys, path, ['conversation_turn_metrics']);
  }
  return {
    asr_provider: identifier(reading, block['convai_asr_provider'], `${path}.convai_asr_provider`),
    tts_provider: identifier(reading, block['convai_tts_provider'], `${path}.convai_tts_provider`),
    tts_model: identifier(reading, block['convai_tts_model'], `${path}.convai_tts_model`),
    tts_cascade: jsonCell(reading, block['convai_tts_cascade'], `${path}.convai_tts_cascade`),
    voice_id: identifier(reading, block['voice_id'], `${path}.voice_id`),
  };

  function addMetric(key: string, item: unknown, metricPath: string, place: readonly string[]): void {
    const measured: JsonRecord | null = typeof item === 'number' ? null : record(reading, item, metricPath);
    const metric = identifier(reading, key, metricPath);
    if ((measured === null && typeof item !== 'number') || metric === null || names.has(metric)) return;
    names.add(metric);
    if (measured === null) reading.drift.add(metricPath, 'changed_type', 'number');
    else if (hasUnknown(measured, metricKeys)) {
      keepUnknown(reading, extra, measured, metricKeys, metricPath, ['conversation_turn_metrics', ...place]);
    }
    rows.push({
      source_id: turn.source_id,
      conversation_id: turn.conversation_id,
      turn_index: turn.turn_index,
      metric,
      elapsed_secs: duration(
        reading,
        measured === null ? item : measured['elapsed_time'],
        `${metricPath}.elapsed_time`,
      ),
    });
  }
}
