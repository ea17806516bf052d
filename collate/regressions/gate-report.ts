/** What the gate found, as data: the terminal, Markdown, JSON, JUnit and every other format are made of it. */
import { z } from 'zod';
import type { ShiftRatio } from '../../scripts/statistics/exact-shift.ts';

/**
 * regression, improvement: confirmed. candidate: suspected by the first stage and not confirmed, or not re-measured.
 * unchanged: no difference that counts. insufficient: too few runs to say anything. What needs a reader comes first.
 */
export const gateVerdicts = ['regression', 'candidate', 'improvement', 'insufficient', 'unchanged'] as const;
export type GateVerdict = (typeof gateVerdicts)[number];

/** For whoever asks what changed: what did comes first, then what did not, then what nobody knows. */
export const changesFirst: readonly GateVerdict[] = [
  'regression',
  'improvement',
  'candidate',
  'unchanged',
  'insufficient',
];

/** One metric of one cell in both builds, or before and after a point of a series. */
export interface GateRow {
  /** The cell in words: 'llama.cpp, SmolLM2-135M q4_1, questions'. */
  cell: string;
  /** A column of runs.csv: 'decode_tokens_per_s'. */
  metric: string;
  title: string;
  unit: string;
  higherIsBetter: boolean;
  /** Declared beforehand: only such a metric can fail a build. */
  primary: boolean;
  verdict: GateVerdict;
  /** Medians; null where there is no run. */
  base: number | null;
  head: number | null;
  /** Head over base: the Hodges-Lehmann estimate of the ratio, and the interval of the exact Mann-Whitney test. */
  ratio: ShiftRatio | null;
  /** Corrected for the number of comparisons; null where nothing was tested. */
  p: number | null;
  runs: { base: number; head: number };
  /** Runs a side with which a change as large as the one seen, or as large as the floor, would be found; null where none would. */
  runsNeeded: number | null;
  /** The smallest change that could have been found, as a share. */
  smallestChange: number | null;
  /** What else differs between the two sides: 'driver 550.1 → 555.2'. */
  changed: string[];
  /** Repeats the measurement. */
  command: string;
}

export interface GateReport {
  /** `comparison`: two sides that were measured at any time, which nothing re-measured. */
  question: 'pull request' | 'trend' | 'comparison';
  /** What was compared, in words: revisions, folders, instants. */
  base: string;
  head: string;
  host: string;
  /** The smallest change that counts, as a share, and in words what raises it: the end of `A change counts from 3 % on, ...`. */
  floor: { share: number; words: string };
  /** The chance of any false alarm in the whole comparison is at most this. */
  falseAlarms: number;
  rows: GateRow[];
  /** The verdict in one sentence. */
  sentence: string;
}

/** JSON has no infinity: a bound that is none is written as null, and then there is no interval. */
const interval = z
  .object({ low: z.number().nullable(), high: z.number().nullable() })
  .nullable()
  .transform((read) =>
    read === null || read.low === null || read.high === null ? null : { low: read.low, high: read.high },
  );
const count = z.int().nonnegative();

export const gateRowSchema = z.object({
  cell: z.string(),
  metric: z.string(),
  title: z.string(),
  unit: z.string(),
  higherIsBetter: z.boolean(),
  primary: z.boolean(),
  verdict: z.enum(gateVerdicts),
  base: z.number().nullable(),
  head: z.number().nullable(),
  ratio: z.object({ center: z.number(), interval, level: z.number() }).nullable(),
  p: z.number().nullable(),
  runs: z.object({ base: count, head: count }),
  runsNeeded: count.nullable(),
  smallestChange: z.number().nullable(),
  changed: z.array(z.string()),
  command: z.string(),
});

/** A report that was written as JSON. Fields of a later version are left out. */
export const gateReportSchema: z.ZodType<GateReport> = z.object({
  question: z.enum(['pull request', 'trend', 'comparison']),
  base: z.string(),
  head: z.string(),
  host: z.string(),
  floor: z.object({ share: z.number(), words: z.string() }),
  falseAlarms: z.number(),
  rows: z.array(gateRowSchema),
  sentence: z.string(),
});
