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

/** Next to each other in a key, no two lists of labels look the same. */
const SEPARATOR = '\n';

function escaped(label: string): string {
  return label.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
}

export function createDurationHistogram(options: DurationHistogramOptions): DurationHistogram {
  const { name, help, labelNames, buckets } = options;
  const boundsMs = buckets.map((seconds) => seconds * 1000);
  const byLabels = new Map<string, Series>();

  function seriesOf(labels: readonly string[]): Series {
    const key = labels.length === 1 ? labels[0]! : labels.join(SEPARATOR);
    let series = byLabels.get(key);
    if (series === undefined) {
      series = { labels: [...labels], counts: boundsMs.map(() => 0).concat(0), sumMs: 0 };
      byLabels.set(key, series);
    }
    return series;
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
      for (const [key, { labels }] of byLabels) if (labels[0] === firstLabel) byLabels.delete(key);
    },
    text: () =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} histogram`,
        ...[...byLabels.values()].flatMap(linesOf),
        '',
      ].join('\n'),
  };
}
