/** The measure that needs no task: how likely a text is to each framework and format, beside the tasks of a sweep. */

import type { Progress } from '../../command-line/progress.ts';
import { describeHost } from '../../machine/facts/host.ts';
import { engineSettings, preparing } from '../../run/prepare.ts';
import { defaults } from '../../settings/defaults.ts';
import { type LikelihoodOptions, measureLikelihood } from '../perplexity/likelihood-pass.ts';
import { evaluatedPerSecond, type LikelihoodResult, likelihoodResult } from '../perplexity/likelihood-text.ts';
import { type ChosenReference, chooseReference, nameOf } from '../reference/reference-choice.ts';
import type { Trial } from '../trials.ts';
import { earlierLogs, isSameWork, recordsOf } from './earlier-logs.ts';

type Row = LikelihoodResult['rows'][number];

export interface TextLikelihood extends LikelihoodResult {
  /** Of the rows, those from earlier runs. */
  reused: number;
}

/** @param fresh scores all again, whatever is finished */
export async function scoreText(
  cells: readonly Trial[],
  options: LikelihoodOptions & { fresh: boolean },
  line: Progress,
  signal: AbortSignal,
): Promise<TextLikelihood> {
  const finished: Row[] = [];
  const open: Trial[] = [];
  const { hostname } = await describeHost(options.anonymize);
  for (const cell of cells) {
    const row = options.fresh ? null : await finishedRow(cell, hostname, options, line, signal);
    if (row === null) open.push(cell);
    else finished.push(row);
  }
  const { groups, standingOf } = await measureLikelihood(open, options, line, signal);
  // What kept a cell from running at all is told with the tasks.
  const scored = open.map((cell) => ({ compared: { ...cell.compared, problems: [] }, standing: standingOf(cell) }));
  const result = likelihoodResult(
    scored.map(({ compared }) => compared),
    new Map(scored.map(({ compared, standing }) => [compared, standing])),
    groups,
  );
  const isNew = (row: Row) =>
    !result.rows.some((other) => other.framework === row.framework && other.quantize === row.quantize);
  const earlier = finished.filter(isNew);
  return { ...result, rows: [...earlier, ...result.rows], reused: earlier.length };
}

/** Null where no completed run has scored the same text against the same reference with the same settings. */
async function finishedRow(
  cell: Trial,
  hostname: string,
  options: LikelihoodOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<Row | null> {
  const { framework, model } = cell;
  const { text, output } = options;
  const reference = await referenceOf(cell, options, line, signal);
  if (reference === undefined) return null;
  const { contextTokens: _, ...settings } = await engineSettings(options, framework, model);
  const chunkTokens = options.chunkTokens ?? Math.min(defaults.perplexity.chunkTokens, model.record.contextLength);
  const log = earlierLogs({ framework, hostname, output, workload: 'perplexity' }).findLast(
    ({ header }) =>
      isSameWork(header, model.record, settings) &&
      header.requested.textSha256 === text.sha256 &&
      header.requested.chunkTokens === chunkTokens &&
      header.requested.chunks === (options.chunks ?? null),
  );
  if (log === undefined) return null;
  const records = recordsOf(log);
  const find = <T extends (typeof records)[number]['type']>(type: T) =>
    records.findLast((record): record is Extract<(typeof records)[number], { type: T }> => record.type === type);
  const [scored, figures, against] = [find('text'), find('perplexity'), find('likelihood_reference')];
  if (scored === undefined || figures === undefined || find('end')?.status !== 'completed') return null;
  if (against?.modelSha256 !== reference?.model.record.sha256 || against?.framework !== reference?.framework.name) {
    return null;
  }
  const { got: quantize, weightClass } = model.record.quantization;
  return {
    framework: framework.name,
    quantize,
    weightClass,
    reference: reference === null ? null : { name: nameOf(reference), self: against?.self ?? false },
    figures,
    evaluatedTokensPerSecond: evaluatedPerSecond(figures),
    text: scored,
    log: log.path,
  };
}

/** Null: nothing is compared. Undefined where there is none to be had: the measurement will say why. */
async function referenceOf(
  cell: Trial,
  options: LikelihoodOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<ChosenReference | null | undefined> {
  const { reference: asked } = options;
  if (asked === null) return null;
  try {
    return await chooseReference(cell, asked, { ...options, ...preparing(line, signal) });
  } catch {
    return undefined;
  }
}
