import type { RedisAddress } from './redis-address.ts';

const prefix = 'voxport';

/**
 * What the keys of a queue begin with. A cluster keeps together what stands in braces: the keys of one queue, which
 * BullMQ's scripts touch together, on one node, and different queues on different nodes.
 */
export function prefixIn({ kind }: Pick<RedisAddress, 'kind'>): (queue: string) => string {
  return kind === 'cluster' ? (queue) => `{${prefix}:${queue}}` : () => prefix;
}

/** All keys of ours as ACLs name them, and one that no queue has. */
export function keysOf(address: Pick<RedisAddress, 'kind'>): { readonly sample: string; readonly pattern: string } {
  return {
    sample: `${prefixIn(address)('rights')}:rights`,
    pattern: address.kind === 'cluster' ? `{${prefix}:*` : `${prefix}:*`,
  };
}
