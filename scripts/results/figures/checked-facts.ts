/** What the checks need of a run, from its log. */

import type { RunRecord } from '../../log/run-log-format.ts';
import { median } from '../../statistics/statistics.ts';
import { type RecordOf, recordsOf } from '../run.ts';
import { conditionFigures, measuredWindow } from './condition-figures.ts';
import { measuredPieces, stepPaces } from './decode-pieces.ts';
import { answerMetrics } from './metrics.ts';

export type CheckedFacts = NonNullable<ReturnType<typeof checkedFacts>>;

/** Null when nothing was measured. */
export function checkedFacts(records: readonly RunRecord[]) {
  const of = <T extends RunRecord['type']>(type: T) => recordsOf({ records }, type);
  const measurements = [...of('answer'), ...of('kernel'), ...of('embedding')];
  const window = measuredWindow(measurements);
  const [header] = of('header');
  if (window === null || header === undefined) return null;
  const conditions = of('conditions');
  return {
    figures: conditionFigures(conditions, window),
    /** From the first measured answer to the end of the last. */
    windowMs: (window.endNs - window.startNs) / 1e6,
    /** Undefined where the log does not say. */
    virtualized: header.host.virtualized,
    /** Whether the counter of stolen time has ever counted anything: some hypervisors report none. */
    stealIsCounted: conditions.some(({ stealMsTotal = 0 }) => stealMsTotal > 0),
    logicalCores: header.host.logicalCores,
    /** Where the engine computed, as it said itself. */
    device: of('effective').at(-1)?.device ?? 'unknown',
    /** Whether a server did the work, whose part of the machine cannot be told from that of others. */
    served: of('answer').some(({ served }) => served !== undefined),
    /** Milliseconds per token, in the order in which the answers or repetitions came. */
    paces: [...answerPaces(of('answer')), ...stepPaces(records).map((ns) => ns / 1e6)],
    /** Paces of equal pieces of the measured phase: decode-pieces.ts. */
    pieces: measuredPieces(records),
    /** How the warm-ups went; none in older logs. */
    warmUpRecords: of('warm_up'),
    warmUps: measurements.filter(({ phase }) => phase === 'warmup').length,
    warmUpStable: !of('warning').some(({ code }) => code === 'warm_up_unstable'),
    /** Smallest step of the engine's clock, where it is another one than ours. */
    ownClockStepNs: ownClockStepNs(records),
  };
}

function answerPaces(answers: ReadonlyArray<RecordOf<'answer'>>): number[] {
  return answers.filter(({ phase }) => phase === 'measured').flatMap((answer) => answerMetrics(answer).tpotMs ?? []);
}

/** Smallest step of the engine's clock, where it reports it: a browser rounds its own. */
export function ownClockStepNs(records: readonly RunRecord[]): number | null {
  const step = records.findLast((record) => record.type === 'effective')?.settings.clockResolutionNs;
  return typeof step === 'number' ? step : null;
}

/** Milliseconds per token, of the run as a whole. */
export function paceOf({ paces }: CheckedFacts): number | null {
  return paces.length === 0 ? null : median(paces);
}
