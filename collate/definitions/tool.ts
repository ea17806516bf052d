/** Another tool's definitions, as functions of one of our raw logs. */

import { quantile } from '../../scripts/statistics/statistics.ts';
import type { OurFigure } from './our-figures.ts';
import type { Recorded, Request } from './recorded.ts';

/** Mean, median, 99th percentile and deviation, as each tool takes them. */
interface Distribution {
  count: number;
  mean: number;
  p50: number;
  p99: number;
  stddev: number;
}

/**
 * As NumPy and pandas do it: percentiles by linear interpolation.
 * @param lost 0 divides by n (numpy.std), 1 by n - 1 (pandas, and everybody who asks for a sample's)
 */
export function distribution(values: readonly number[], lost: 0 | 1): Measured {
  if (values.length === 0) return absent('nothing of it was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    kind: 'distribution',
    distribution: {
      count: sorted.length,
      mean,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      stddev: sorted.length - lost > 0 ? Math.sqrt(squares / (sorted.length - lost)) : 0,
    },
  };
}

/** As guidellm does it: each value counts by its weight, and a percentile is the first value at which so much is reached. */
export function weightedDistribution(weighted: ReadonlyArray<{ value: number; weight: number }>): Measured {
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return absent('nothing of it was measured');
  const sorted = weighted.toSorted((a, b) => a.value - b.value);
  const mean = sorted.reduce((sum, { value, weight }) => sum + value * weight, 0) / total;
  const variance = sorted.reduce((sum, { value, weight }) => sum + weight * (value - mean) ** 2, 0) / total;
  const at = (p: number) => {
    let reached = 0;
    const found = sorted.find(({ weight }) => {
      reached += weight / total;
      return reached >= p - 1e-12;
    });
    return (found ?? sorted.at(-1))?.value ?? Number.NaN;
  };
  return {
    kind: 'distribution',
    distribution: { count: weighted.length, mean, p50: at(0.5), p99: at(0.99), stddev: Math.sqrt(variance) },
  };
}

export interface Tool {
  /** As --as takes it. */
  name: string;
  title: string;
  /** Where its formulas stand, and the commit or the release that was read. */
  source: { repository: string } & ({ commit: string } | { release: string });
  /** What it takes differently from all others, or what a log of ours lacks of it. */
  remarks: readonly string[];
  figures: readonly ToolFigure[];
}

export interface ToolFigure {
  /** The tool's own name of it. */
  name: string;
  unit: 'ms' | 's' | 'tokens/s' | 'requests/s';
  /** In our terms: t0, t1, tn, n of docs/measurement.md. */
  formula: string;
  /** `file: function`. */
  source: string;
  /** What we call the same, or the nearest. */
  ours: OurFigure['name'] | null;
  /** Whether our figure has the same formula, before it is averaged. */
  same: boolean;
  of: (recorded: Recorded) => Measured;
  /** How earlier versions defined it, the earliest first: files that they wrote are imported. */
  earlier?: ReadonlyArray<{ before: string; formula: string; same: boolean }>;
}

/** How a version of the tool defines a figure. @param version null: as it is defined today */
export function definitionAt(figure: ToolFigure, version: string | null): Pick<ToolFigure, 'formula' | 'same'> {
  const earlier = figure.earlier ?? [];
  return (version === null ? undefined : earlier.find(({ before }) => isBefore(version, before))) ?? figure;
}

function isBefore(version: string, other: string): boolean {
  return version.localeCompare(other, 'en', { numeric: true }) < 0;
}

export type Measured =
  | { kind: 'distribution'; distribution: Distribution }
  | { kind: 'value'; value: number }
  | { kind: 'absent'; reason: string };

/** Remarks on tools that ask a server over HTTP. */
export const remarksOnClients = [
  'It is a client: its clock starts when the HTTP request is sent. Here t0 stands in, before template and tokenisation.',
  'Its throughputs divide by the whole time. In a log of ours that has the pauses between two answers in it.',
] as const;

export function absent(reason: string): Measured {
  return { kind: 'absent', reason };
}

export function value(number: number): Measured {
  return Number.isFinite(number) ? { kind: 'value', value: number } : absent('the log has no time in it to divide by');
}

export const noAnswers = 'the log has no measured answers: it is of a kernel run, or ended before';

/** A figure of every request, or the reason why there is none. */
export function ofRequests(
  of: (requests: Recorded['requests']) => Measured,
  enough: (recorded: Recorded) => boolean = ({ requests }) => requests.length > 0,
  reason = noAnswers,
): ToolFigure['of'] {
  return (recorded) =>
    enough(recorded) ? of(recorded.requests) : absent(recorded.requests.length === 0 ? noAnswers : reason);
}

/** A distribution of the values that each request has. @param lost as `distribution` takes it */
export function ofEachRequest(values: (request: Request) => readonly number[], lost: 0 | 1): ToolFigure['of'] {
  return ofRequests((requests) => distribution(requests.flatMap(values), lost));
}

/** A distribution as tools make it that leave out answers of a single token, because they divide by n - 1. */
export function ofLongerRequests(values: (request: Request) => readonly number[], lost: 0 | 1): ToolFigure['of'] {
  return ofRequests((requests) => distribution(requests.flatMap(values), lost), hasSeveralTokens, singleTokens);
}

/** Tools leave out answers of a single token where they divide by n - 1. */
export function hasSeveralTokens({ requests }: Recorded): boolean {
  return requests.some(({ tokens }) => tokens >= 2);
}

export const singleTokens = 'no answer has a second token';
