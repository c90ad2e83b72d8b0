/** What a PromQL expression uses. */
export interface UsedMetric {
  readonly name: string;
  /** Labels that its selector asks about, and those that the expression groups by. */
  readonly labels: readonly string[];
  /** The aggregation that stands closest around it, e.g. `sum`; null for none. */
  readonly aggregation: string | null;
}

const aggregations = new Set(['sum', 'min', 'max', 'avg', 'count', 'topk', 'bottomk', 'group']);
const words = new Set([
  ...['by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'and', 'or', 'unless', 'bool', 'offset'],
  ...['rate', 'increase', 'histogram_quantile', 'time', 'vector', 'absent', 'clamp_min', 'clamp_max', 'label_replace'],
  ...['max_over_time', 'min_over_time', 'avg_over_time', 'changes', 'scalar', 'deriv', 'delta', 'label_values', 'ceil'],
]);
/** Labels that Prometheus adds, or that a bucket has. */
const builtIn = new Set(['job', 'instance', 'le']);

const token = /"(?:[^"\\]|\\.)*"|[a-zA-Z_:][\w:]*|\$\w+|[(){}[\],]|[=!]~|[=!]=|=|[^\s\w"]|[\d.]\w*/g;

/**
 * Finds the metrics of an expression, with the labels that are asked of each. Grouping labels count for every metric of
 * the expression that they stand around, which is what they must have. It knows as much of PromQL as our own queries
 * use; promtool checks the syntax.
 */
export function readPromql(expression: string): UsedMetric[] {
  const tokens: readonly string[] = expression.replaceAll(/\[[^\]]*\]/g, '').match(token) ?? [];
  const found: UsedMetric[] = [];
  /** Open brackets, with what stands before and the labels that are grouped by. */
  const open: { readonly word: string; readonly labels: readonly string[] }[] = [];
  let word = '';
  let grouping: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const one = tokens[at]!;
    if (one === '(') {
      open.push({ word, labels: grouping });
      word = '';
      grouping = [];
    } else if (one === ')') {
      const closed = open.pop();
      const [next, bracket] = [tokens[at + 1], tokens[at + 2]];
      // The grouping may stand behind: sum(x) by (source).
      if (closed !== undefined && aggregations.has(closed.word) && next === 'by' && bracket === '(') {
        throw new Error(`write the grouping in front of the brackets: ${expression}`);
      }
      word = '';
    } else if ((one === 'by' || one === 'on' || one === 'group_left' || one === 'ignoring') && tokens[at + 1] === '(') {
      const end = tokens.indexOf(')', at);
      const labels = tokens.slice(at + 2, end).filter((text) => text !== ',');
      if (one === 'by') grouping = labels;
      at = end;
    } else if (aggregations.has(one) || words.has(one)) {
      word = one;
    } else if (/^[a-zA-Z_:]/.test(one)) {
      const labels: string[] = open.flatMap((bracket) => bracket.labels);
      if (tokens[at + 1] === '{') {
        const end = tokens.indexOf('}', at);
        for (let inner = at + 2; inner < end; inner += 1) {
          if (/^(?:=|!=|=~|!~)$/.test(tokens[inner + 1] ?? '')) labels.push(tokens[inner]!);
        }
        at = end;
      }
      const aggregation = open.findLast((bracket) => aggregations.has(bracket.word))?.word ?? null;
      found.push({ name: one, labels: [...new Set(labels)].filter((name) => !builtIn.has(name)), aggregation });
    }
  }
  return found;
}
