import pg from 'pg';

/** What the statements of a call need, taken together. */
export interface StatementCost {
  /** Milliseconds in the server, planning included. */
  readonly ms: number;
  /** Buffers of 8 KB that were touched, in memory or not. */
  readonly buffers: number;
  /** The step of the plans that took longest by itself. */
  readonly dearest: string;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'CTE Name'?: string;
  readonly 'Actual Total Time': number;
  readonly 'Actual Loops': number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
}

interface Explained {
  readonly Plan: PlanNode;
  readonly 'Planning Time': number;
  readonly 'Execution Time': number;
}

type Query = (text: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>;

/**
 * Carries out a call, and has the server explain each statement that it sends just before it is sent, with the
 * parameters that it has: the explanation runs the statement and is rolled back. So the statements are those of the
 * product, and stand nowhere else.
 */
export async function watchStatements(call: () => Promise<unknown>): Promise<StatementCost> {
  const explained: Explained[] = [];
  const send = Reflect.get(pg.Client.prototype, 'query') as Query;
  const inTransaction = new WeakSet<object>();
  const watched = async function watched(this: object, text: string, values?: unknown[]) {
    const word = text.trim().split(/\s/)[0]!.toLowerCase();
    if (word === 'begin') inTransaction.add(this);
    if (word === 'commit' || word === 'rollback') inTransaction.delete(this);
    if (['select', 'with', 'insert', 'update', 'delete'].includes(word)) {
      const [open, close] = inTransaction.has(this)
        ? ['savepoint explained', 'rollback to savepoint explained']
        : ['begin', 'rollback'];
      await send.call(this, open);
      const { rows } = await send.call(this, `explain (analyze, buffers, timing, format json) ${text}`, values);
      await send.call(this, close);
      explained.push(...(rows[0]!['QUERY PLAN'] as Explained[]));
    }
    return send.call(this, text, values);
  };
  Reflect.set(pg.Client.prototype, 'query', watched);
  try {
    await call();
  } finally {
    Reflect.set(pg.Client.prototype, 'query', send);
  }
  const nodes = explained.flatMap(({ Plan }) => nodesOf(Plan)).toSorted((a, b) => b.ownMs - a.ownMs);
  return {
    ms: explained.reduce((sum, one) => sum + one['Execution Time'] + one['Planning Time'], 0),
    buffers: explained.reduce(
      (sum, { Plan }) => sum + (Plan['Shared Hit Blocks'] ?? 0) + (Plan['Shared Read Blocks'] ?? 0),
      0,
    ),
    dearest: nodes[0] === undefined ? '' : `${nodes[0].name}, ${nodes[0].ownMs.toFixed(1)} ms`,
  };
}

function nodesOf(node: PlanNode): { name: string; ownMs: number }[] {
  const parts = node.Plans ?? [];
  const of = (one: PlanNode): number => one['Actual Total Time'] * one['Actual Loops'];
  const ownMs = of(node) - parts.reduce((sum, part) => sum + of(part), 0);
  const on = node['Index Name'] ?? node['Relation Name'] ?? node['CTE Name'];
  return [
    { name: on === undefined ? node['Node Type'] : `${node['Node Type']} on ${on}`, ownMs },
    ...parts.flatMap(nodesOf),
  ];
}
