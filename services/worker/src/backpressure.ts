import { repeat } from '@voxport/runtime';
import type { SourceStore } from '@voxport/warehouse';

const lookEveryMs = 1000;

export interface BackpressureDependencies extends Pick<SourceStore, 'countLandedPayloads'> {
  /** Details are held back while so many payloads wait, and continue when half of them are loaded. */
  readonly landedMax: number;
  readonly onChange: (isHeldBack: boolean) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Watches the backlog of the loader: while too much waits there, nothing more is fetched, so that the raw store does
 * not outrun the tables.
 */
export function startBackpressure({
  countLandedPayloads,
  landedMax,
  onChange,
  onError,
}: BackpressureDependencies): AsyncDisposable {
  let isHeldBack = false;
  return repeat({
    everyMs: lookEveryMs,
    async step() {
      const landed = await countLandedPayloads({ countMax: landedMax });
      const holdBack = isHeldBack ? landed > landedMax / 2 : landed >= landedMax;
      if (holdBack === isHeldBack) return;
      isHeldBack = holdBack;
      onChange(isHeldBack);
    },
    onError,
  });
}
