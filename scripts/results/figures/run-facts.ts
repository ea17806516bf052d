/** What the checks need of a run, from its log. */

import type { ConditionsRecord } from '../../log/records/certificate-records.ts';
import type { RunRecord, WarmUpRecord } from '../../log/run-log-format.ts';
import { median } from '../../statistics/statistics.ts';
import { type ConditionFigures, conditionFigures } from './condition-figures.ts';
import { measuredPieces, stepPaces } from './decode-pieces.ts';
import { measuredWindow } from './measured-window.ts';
import { answerMetrics } from './metrics.ts';

type Of<T extends RunRecord['type']> = Extract<RunRecord, { type: T }>;

export interface RunFacts {
  figures: ConditionFigures;
  /** From the first measured answer to the end of the last. */
  windowMs: number;
  /** Undefined where the log does not say. */
  virtualized: boolean | undefined;
  /** Whether the counter of stolen time has ever counted anything: some hypervisors tell none. */
  stealIsCounted: boolean;
  logicalCores: number;
  /** Where the engine computed, as it said itself. */
  device: string;
  /** Whether a server did the work, whose part of the machine nobody can tell from that of others. */
  served: boolean;
  /** Milliseconds per token, in the order in which the answers or repetitions came. */
  paces: number[];
  /** Paces of equal pieces of the measured phase: decode-pieces.ts. */
  pieces: number[];
  warmUps: number;
  /** How they went; none in logs of before. */
  warmUpRecords: WarmUpRecord[];
  warmUpStable: boolean;
  /** Of the engine's clock, where it is another one than ours. */
  ownClockStepNs: number | null;
}

/** Null when nothing was measured. */
export function runFacts(records: readonly RunRecord[]): RunFacts | null {
  const of = <T extends RunRecord['type']>(type: T) =>
    records.filter((record): record is Of<T> => record.type === type);
  const measurements = [...of('answer'), ...of('kernel'), ...of('embedding')];
  const window = measuredWindow(measurements);
  const [header] = of('header');
  if (window === null || header === undefined) return null;
  const conditions: ConditionsRecord[] = of('conditions');
  const effective = of('effective').at(-1);
  return {
    figures: conditionFigures(conditions, window),
    windowMs: (window.endNs - window.startNs) / 1e6,
    virtualized: header.host.virtualized,
    stealIsCounted: conditions.some(({ stealMsTotal = 0 }) => stealMsTotal > 0),
    logicalCores: header.host.logicalCores,
    device: effective?.device ?? 'unknown',
    served: of('answer').some(({ served }) => served !== undefined),
    paces: [...answerPaces(of('answer')), ...stepPaces(records).map((ns) => ns / 1e6)],
    pieces: measuredPieces(records),
    warmUpRecords: of('warm_up'),
    warmUps: measurements.filter(({ phase }) => phase === 'warmup').length,
    warmUpStable: !of('warning').some(({ code }) => code === 'warm_up_unstable'),
    ownClockStepNs: ownClockStepNs(records),
  };
}

function answerPaces(answers: ReadonlyArray<Of<'answer'>>): number[] {
  return answers.filter(({ phase }) => phase === 'measured').flatMap((answer) => answerMetrics(answer).tpotMs ?? []);
}

/** Smallest step of the engine's clock, where it has told it: a browser rounds its own. */
export function ownClockStepNs(records: readonly RunRecord[]): number | null {
  const step = records.findLast((record) => record.type === 'effective')?.settings.clockResolutionNs;
  return typeof step === 'number' ? step : null;
}

/** Milliseconds per token, of the run as a whole. */
export function paceOf({ paces }: RunFacts): number | null {
  return paces.length === 0 ? null : median(paces);
}
