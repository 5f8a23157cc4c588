/** How long things took, counted on the hot paths in plain numbers; the text for Prometheus is made when somebody asks. No I/O, no clock. */

export interface DurationHistogramOptions {
  name: string;
  help: string;
  labelNames: readonly string[];
  /** Upper bounds in seconds, rising. */
  buckets: readonly number[];
}

export interface DurationHistogram {
  /** @param labels One for each name, in their order; members of small sets. */
  observe(labels: readonly string[], durationMs: number): void;
  /** Takes away every series that has this value for the first label. */
  remove(firstLabel: string): void;
  /** Exposition format 0.0.4. */
  text(): string;
}

interface Series {
  labels: readonly string[];
  /** One for each bucket, and the last for what is above all of them. */
  counts: number[];
  sumMs: number;
}

/** A level for each label: a key put together of all would be a new string every time. */
type Level = Map<string, Level | Series>;

function escaped(label: string): string {
  return label.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
}

export function createDurationHistogram(options: DurationHistogramOptions): DurationHistogram {
  const { name, help, labelNames, buckets } = options;
  const boundsMs = buckets.map((seconds) => seconds * 1000);
  const root: Level = new Map();

  function seriesOf(labels: readonly string[]): Series {
    let level = root;
    const last = labels.length - 1;
    for (let index = 0; index < last; index += 1) {
      let next = level.get(labels[index]!) as Level | undefined;
      if (next === undefined) level.set(labels[index]!, (next = new Map()));
      level = next;
    }
    let series = level.get(labels[last]!) as Series | undefined;
    if (series === undefined) {
      series = { labels: [...labels], counts: boundsMs.map(() => 0).concat(0), sumMs: 0 };
      level.set(labels[last]!, series);
    }
    return series;
  }

  function seriesBelow(level: Level): Series[] {
    return [...level.values()].flatMap((below) => (below instanceof Map ? seriesBelow(below) : [below]));
  }

  function linesOf({ labels, counts, sumMs }: Series): string[] {
    const pairs = labelNames.map((label, index) => `${label}="${escaped(labels[index] ?? '')}"`).join(',');
    let total = 0;
    const lines = counts.map((count, index) => {
      total += count;
      return `${name}_bucket{le="${buckets[index] ?? '+Inf'}",${pairs}} ${total}`;
    });
    return [...lines, `${name}_sum{${pairs}} ${sumMs / 1000}`, `${name}_count{${pairs}} ${total}`];
  }

  return {
    observe(labels, durationMs) {
      const series = seriesOf(labels);
      let bucket = 0;
      while (bucket < boundsMs.length && durationMs > boundsMs[bucket]!) bucket += 1;
      series.counts[bucket]! += 1;
      series.sumMs += durationMs;
    },
    remove(firstLabel) {
      root.delete(firstLabel);
    },
    text: () =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...seriesBelow(root).flatMap(linesOf), ''].join(
        '\n',
      ),
  };
}
