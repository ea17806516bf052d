/** Another tool's definitions, as functions of one of our raw logs. */
import type { Distribution } from './distribution.ts';
import type { OurFigure } from './our-figures.ts';
import type { Recorded } from './recorded.ts';

export interface Tool {
  /** As --as takes it. */
  name: string;
  title: string;
  /** Where its formulas stand, and the commit that was read. */
  source: { repository: string; commit: string };
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
}

export type Measured =
  | { kind: 'distribution'; distribution: Distribution }
  | { kind: 'value'; value: number }
  | { kind: 'absent'; reason: string };

/** Of tools that ask a server over HTTP. */
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

/** Tools leave out answers of a single token where they divide by n - 1. */
export function hasSeveralTokens({ requests }: Recorded): boolean {
  return requests.some(({ tokens }) => tokens >= 2);
}

export const singleTokens = 'no answer has a second token';
