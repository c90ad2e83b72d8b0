/** The memory of a queue's store, in bytes. */
export interface StoreMemory {
  readonly usedBytes: number;
  /** `maxmemory`, or where none is set what the machine has; null where the server does not tell. */
  readonly limitBytes: number | null;
}

/** Reads the section `memory` of Redis's INFO. */
export function readMemory(info: string): StoreMemory | null {
  const field = (name: string): number | null => {
    const value = Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? Number.NaN);
    return Number.isFinite(value) && value > 0 ? value : null;
  };
  const usedBytes = field('used_memory');
  return usedBytes === null ? null : { usedBytes, limitBytes: field('maxmemory') ?? field('total_system_memory') };
}

/** The one of several servers that is nearest to its limit; null where none tells. */
export function fullestMemory(memories: readonly (StoreMemory | null)[]): StoreMemory | null {
  const share = ({ usedBytes, limitBytes }: StoreMemory): number => usedBytes / (limitBytes ?? Infinity);
  return (
    memories.filter((memory): memory is StoreMemory => memory !== null).toSorted((a, b) => share(b) - share(a))[0] ??
    null
  );
}
