import { html, type Html } from './html.ts';

/** One stretch of a chart; null where nobody looked. */
export interface Point {
  readonly at: Date;
  readonly value: number | null;
}

export interface ChartOptions {
  /** What the chart shows, for who cannot see it. */
  readonly title: string;
  readonly points: readonly Point[];
  readonly valueText: (value: number) => string;
  readonly timeText: (at: Date) => string;
}

const [width, height, baseline] = [600, 120, 118];

/** Bars: so many in each stretch. */
export function barChart(options: ChartOptions): Html {
  const { points } = options;
  const most = Math.max(1, ...points.map(({ value }) => value ?? 0));
  const step = width / Math.max(1, points.length);
  const bars = points.map(({ at, value }, index) => {
    const x = round(index * step + step * 0.1);
    const barWidth = round(Math.max(1, step * 0.8));
    if (value === null) {
      return html`<rect class="gap" x="${x}" y="${baseline - 2}" width="${barWidth}" height="2" />`;
    }
    const size = value === 0 ? 0 : Math.max(2, (value / most) * (baseline - 6));
    return html`<rect class="bar" x="${x}" y="${round(baseline - size)}" width="${barWidth}" height="${round(size)}"
      ><title>${options.timeText(at)}: ${options.valueText(value)}</title></rect
    >`;
  });
  return frame(options, most, bars);
}

/** A line with the area below it: how much there was at each time. Gaps stay gaps. */
export function lineChart(options: ChartOptions & { readonly objective?: number | null }): Html {
  const { points, objective = null } = options;
  const most = Math.max(1, objective === null ? 0 : objective * 1.15, ...points.map(({ value }) => value ?? 0));
  const step = width / Math.max(1, points.length);
  const y = (value: number): number => round(baseline - (value / most) * (baseline - 6));
  const parts: { x: number; y: number }[][] = [[]];
  for (const [index, { value }] of points.entries()) {
    if (value === null) parts.push([]);
    else parts.at(-1)!.push({ x: round((index + 0.5) * step), y: y(value) });
  }
  const drawn = parts
    .filter((part) => part.length > 0)
    .map((part) => {
      const first = part[0]!;
      const last = part.at(-1)!;
      // One lonely point would be no line.
      const ends =
        part.length === 1
          ? [
              { x: first.x - step / 2, y: first.y },
              { x: first.x + step / 2, y: first.y },
            ]
          : part;
      const line = ends.map((point) => `${round(point.x)} ${point.y}`).join(' L ');
      return html`<path
          class="area"
          d="M ${round(ends[0]!.x)} ${baseline} L ${line} L ${round(ends.at(-1)!.x)} ${baseline} Z"
        />
        <path class="line" d="M ${line}" />
        <circle class="dot" cx="${last.x}" cy="${last.y}" r="2.5" />`;
    });
  const hover = points.map(({ at, value }, index) =>
    value === null
      ? null
      : html`<rect class="hover" x="${round(index * step)}" y="0" width="${round(step)}" height="${height}"
          ><title>${options.timeText(at)}: ${options.valueText(value)}</title></rect
        >`,
  );
  const mark =
    objective === null
      ? null
      : html`<line class="objective" x1="0" x2="${width}" y1="${y(objective)}" y2="${y(objective)}" />`;
  return frame(options, most, [mark, ...drawn, ...hover]);
}

function frame(
  { title, points, valueText, timeText }: ChartOptions,
  most: number,
  content: readonly (Html | null)[],
): Html {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const last = values.at(-1);
  const summary =
    last === undefined
      ? `${title}: nothing yet`
      : `${title}: now ${valueText(last)}, at most ${valueText(Math.max(...values))}`;
  const [first, end] = [points[0], points.at(-1)];
  return html`<figure class="chart">
    <div class="plot">
      <span class="most">${values.length === 0 ? '' : valueText(most)}</span>
      <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${summary}">
        <line class="axis" x1="0" x2="${width}" y1="${baseline + 1}" y2="${baseline + 1}" />
        ${content}
      </svg>
    </div>
    <div class="times">
      <span>${first === undefined ? '' : timeText(first.at)}</span
      ><span>${end === undefined ? '' : timeText(end.at)}</span>
    </div>
  </figure>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
