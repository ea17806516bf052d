import type { ForeignCell } from '../../../../scripts/log/foreign-file.ts';

/** One test, as any of the formats has it. */
export interface BenchTest {
  /** `COMMIT (BUILD NUMBER)`; null where it is not told. */
  version: string | null;
  model: ForeignCell['model'];
  promptTokens: number;
  generatedTokens: number;
  depth: number | null;
  measuredAt: string | null;
  speed: { avg: number; stddev: number };
  /** Null where only rates are printed. */
  time: { avg: number; stddev: number } | null;
  /** Null where only averages are printed. */
  samplesNs: readonly number[] | null;
  host: Record<string, string>;
  settings: ForeignCell['settings'];
}
