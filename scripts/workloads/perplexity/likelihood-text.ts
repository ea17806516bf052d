/** Perplexity and divergence as a person reads them in the terminal. */
import { counted, percentWithPlaces, significant } from '../../command-line/format.ts';
import { paint, table } from '../../command-line/terminal.ts';
import { nats } from '../../log/figures/parity-figures.ts';
import { notRunTable } from '../../run/refusal.ts';
import { notRunBy, partOutcomes } from '../reference/compare-trials.ts';
import type { GroupOutcome } from '../reference/pass.ts';
import type { ComparedTrial } from '../trials.ts';
import type { Estimate } from './figures.ts';
import type { PerplexityRecord, TextRecord } from './records.ts';
import type { LikelihoodOutcome, Scored } from './workload.ts';

export function likelihoodText({ notes, rows, notScored }: LikelihoodResult): string {
  const [first] = rows;
  const compared = rows.some(({ figures }) => figures.divergence !== null);
  return [
    ...(first === undefined ? [] : [`${heading(first)}${notes.map((note) => `\n${note}`).join('')}`]),
    ...(rows.length === 0 ? [] : [perplexityTable(rows)]),
    ...(compared ? [divergenceTable(rows)] : []),
    ...(rows.length === 0 ? [] : [paint('dim', legend(compared))]),
    ...(notScored.length === 0 ? [] : [`${paint('bold', 'Not scored')}\n${notRunTable(notScored)}`]),
  ].join('\n\n');
}

function heading({ text, figures }: LikelihoodRow): string {
  const { file, chunkTokens, bos } = text;
  return `${paint('bold', `Likelihood of ${file}`)}: ${counted(figures.tokens, 'tokens')} scored, in ${counted(figures.chunks, 'chunks')} of ${chunkTokens}, ${bos === null ? 'without BOS' : 'each with BOS first'}`;
}

function perplexityTable(rows: readonly LikelihoodRow[]): string {
  const header = ['framework', 'weights', 'perplexity', 'ratio to reference', 'top-1 right', 'tokens/s'];
  const lines = rows.map(({ framework, quantize, figures, reference, evaluatedTokensPerSecond }) => [
    framework,
    quantize,
    withError(figures.perplexity, decimals),
    reference?.self === true
      ? 'the reference'
      : figures.divergence === null
        ? '-'
        : withError(figures.divergence.ratio, (value) => value.toFixed(5)),
    withError(figures.topHits, percent),
    significant(evaluatedTokensPerSecond),
  ]);
  return table(header, lines, 'llrrrr');
}

function divergenceTable(rows: readonly LikelihoodRow[]): string {
  const header = ['framework', 'weights', 'KL mean (nats)', 'median', '99 %', 'max', 'same top-1', 'mean Δp', 'RMS Δp'];
  const lines = rows.flatMap(({ framework, quantize, figures: { divergence } }) => {
    if (divergence === null) return [];
    const { kl, klMedian, klPercentiles, klMax, sameTop, shift, shiftRms } = divergence;
    const p99 = klPercentiles['99'] ?? null;
    return [
      [
        framework,
        quantize,
        withError(kl, signedNats),
        signedNats(klMedian),
        p99 === null ? '-' : signedNats(p99),
        signedNats(klMax),
        withError(sameTop, percent),
        withError(shift, percent),
        withError(shiftRms, percent),
      ],
    ];
  });
  return table(header, lines, 'llrrrrrrr', { dropFirst: ['RMS Δp', 'mean Δp', '99 %', 'max', 'median'] });
}

function legend(compared: boolean): string {
  const base =
    'Formulas of llama-perplexity; ± is one standard error. tokens/s: evaluated, in chunks, scoring included.';
  return compared
    ? `${base} KL: of the run from the reference. Δp: probability of the right token, run minus reference. See docs/perplexity.md.`
    : `${base} See docs/perplexity.md.`;
}

function withError({ value, error }: Estimate, show: (value: number) => string): string {
  return error === null ? show(value) : `${show(value)} ± ${show(error)}`;
}

function decimals(value: number): string {
  return value.toFixed(4);
}

/** The stored reference is rounded, so what is nearly nothing may lie below it. */
function signedNats(value: number): string {
  return value < 0 ? `-${nats(-value)}` : nats(value);
}

const percent = (share: number) => percentWithPlaces(share, 3);

// The outcome of scoring a text as tables and JSON have it.

export interface LikelihoodRow {
  framework: string;
  quantize: string;
  weightClass: string;
  /** What it was compared with; null where nothing was compared. */
  reference: Scored['reference'];
  figures: PerplexityRecord;
  /** Tokens evaluated per second of scoring, whatever of them counts. */
  evaluatedTokensPerSecond: number;
  text: TextRecord;
  log: string;
}

export type LikelihoodResult = ReturnType<typeof likelihoodResult>;

/** @param outcomes of the trials that could run */
export function likelihoodResult(
  cells: readonly ComparedTrial[],
  outcomes: ReadonlyMap<ComparedTrial, LikelihoodOutcome>,
  groups: ReadonlyArray<GroupOutcome<Scored>>,
) {
  const references = groups.flatMap(({ reference, standing }) => {
    if (reference === null || standing === null) return [];
    const { framework, model } = reference;
    const { got: quantize, weightClass } = model.record.quantization;
    return [{ of: { framework: framework.name, quantize, weightClass }, standing }];
  });
  // A trial that is the reference has its outcome, and stands there already.
  const own = new Set(references.map(({ standing }) => standing));
  const { judged, notJudged } = partOutcomes(cells, (cell) => {
    const outcome = outcomes.get(cell);
    return outcome !== undefined && own.has(outcome) ? null : outcome;
  });
  return {
    /** Why a reference is not the usual one. */
    notes: groups.flatMap(({ reference }) => reference?.note ?? []),
    rows: [
      ...references.flatMap(({ of, standing }) => (standing.status === 'scored' ? [rowOf(of, standing)] : [])),
      ...judged.map(({ cell, outcome }) => rowOf(cell, outcome)),
    ],
    /** Those without figures, each with its reason. */
    notScored: [
      ...references.flatMap(({ of, standing }) => (standing.status === 'scored' ? [] : [notRunBy(of, standing)])),
      ...notJudged,
    ],
  };
}

export function rowOf(
  { framework, quantize, weightClass }: Pick<ComparedTrial, 'framework' | 'quantize' | 'weightClass'>,
  { reference, figures, text, log }: Omit<Scored, 'status'>,
): LikelihoodRow {
  const evaluatedTokensPerSecond = figures.evaluatedTokens / (figures.durationNs / 1e9);
  return { framework, quantize, weightClass, reference, figures, evaluatedTokensPerSecond, text, log };
}
