/** What a comparison of two sides found, as data: terminal, Markdown, JSON and chart are made of it. */
import { z } from 'zod';
import {
  type GateReport,
  type GateRow,
  type GateVerdict,
  gateRowSchema,
  gateVerdicts,
} from '../regressions/gate-report.ts';

export const comparisonSchemaVersion = 'tokenlap.comparison/1';

/** Of the base, and of the head. */
export interface Both<T> {
  base: T;
  head: T;
}

/** One figure of one cell on both sides. */
export interface ComparedRow extends GateRow {
  verdict: Exclude<GateVerdict, 'candidate'>;
  /** Effects up to this share are no change: 2 %, or the noise of these runs where it is more. */
  floor: number;
  /** The change that `runsNeeded` is for, as a share. */
  soughtChange: number;
  /** Runs among them that failed their quality checks. */
  disturbed: Both<number>;
}

/** A cell that only one side has. */
export interface UnmatchedCell {
  cell: string;
  runs: number;
  /** In what the nearest cell of the other side differs, in words; empty where it has none like it. */
  nearest: string[];
}

export interface ComparedSide {
  /** As the person chose it: 'results/before', 'tag before in results'. */
  words: string;
  /** Folder of results. */
  folder: string;
  /** All of them, whatever became of them. */
  runs: number;
  /** Those that count. */
  counted: number;
  hosts: string[];
  /** Start of the first and of the last run, ISO 8601; null without runs. */
  started: { first: string; last: string } | null;
  /** Runs that do not count, by the reason. */
  leftOut: Record<string, number>;
}

export interface ComparisonReport extends GateReport {
  schema: typeof comparisonSchemaVersion;
  question: 'comparison';
  rows: ComparedRow[];
  sides: Both<ComparedSide>;
  /** Cells that both sides have. */
  cells: number;
  /** What differs between the sides in every cell. */
  changed: string[];
  /** What a reader has to know before the figures are believed. */
  doubts: string[];
  onlyIn: Both<UnmatchedCell[]>;
}

const count = z.int().nonnegative();
const both = <T extends z.ZodType>(of: T) => z.object({ base: of, head: of });

const rowSchema = gateRowSchema.extend({
  verdict: z.enum(gateVerdicts).exclude(['candidate']),
  floor: z.number(),
  soughtChange: z.number(),
  disturbed: both(count),
});

const sideSchema = z.object({
  words: z.string(),
  folder: z.string(),
  runs: count,
  counted: count,
  hosts: z.array(z.string()),
  started: z.object({ first: z.string(), last: z.string() }).nullable(),
  leftOut: z.record(z.string(), count),
});

const unmatched = z.array(z.object({ cell: z.string(), runs: count, nearest: z.array(z.string()) }));

/** What `compare --json` writes. */
export const comparisonSchema: z.ZodType<ComparisonReport> = z.object({
  schema: z.literal(comparisonSchemaVersion),
  question: z.literal('comparison'),
  base: z.string(),
  head: z.string(),
  host: z.string(),
  floor: z.object({ share: z.number(), words: z.string() }),
  falseAlarms: z.number(),
  sentence: z.string(),
  sides: both(sideSchema),
  cells: count,
  changed: z.array(z.string()),
  doubts: z.array(z.string()),
  onlyIn: both(unmatched),
  rows: z.array(rowSchema),
});
