/** One metric of a scrape. */
export interface ScrapedMetric {
  readonly type: string;
  readonly help: string;
  /** Names of the labels that its samples have. */
  readonly labels: Set<string>;
  /** How many samples it had. */
  samples: number;
}

const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads the text format of a scrape: the name of each series (of a histogram its three) → its metric. Several scrapes
 * can be read into one map: their labels come together.
 */
export function readScrape(text: string, into = new Map<string, ScrapedMetric>()): Map<string, ScrapedMetric> {
  const helps = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name = '', help = ''] = /^# HELP (\S+) (.*)$/.exec(line) ?? [];
    if (name !== '') helps.set(name, help);
    const [, typed = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (typed !== '') {
      const series = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => typed + suffix) : [typed];
      for (const one of series) {
        if (!into.has(one)) into.set(one, { type, help: helps.get(typed) ?? '', labels: new Set(), samples: 0 });
      }
      continue;
    }
    const [, series = '', labels = ''] = sampleLine.exec(line) ?? [];
    const metric = into.get(series);
    if (metric === undefined) continue;
    metric.samples += 1;
    for (const [, key = ''] of labels.matchAll(label)) metric.labels.add(key);
  }
  return into;
}

/** The samples of one series in a scrape, by their labels. */
export function samplesOf(text: string, name: string): { labels: Record<string, string>; value: number }[] {
  return text.split('\n').flatMap((line) => {
    const [, series, labels = '', value = ''] = sampleLine.exec(line) ?? [];
    if (series !== name) return [];
    return [
      {
        labels: Object.fromEntries([...labels.matchAll(label)].map(([, key = '', content = '']) => [key, content])),
        value: Number(value),
      },
    ];
  });
}
