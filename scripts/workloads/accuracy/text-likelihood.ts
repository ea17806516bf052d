/** The measure that needs no task: how likely a text is to each framework and format, beside the tasks of a sweep. */

import { UserError } from '../../command-line/errors.ts';
import type { Progress } from '../../command-line/progress.ts';
import { describeHost } from '../../machine/facts/host.ts';
import { lastOf } from '../../results/run.ts';
import { engineSettings, preparing } from '../../run/prepare.ts';
import { type LikelihoodResult, type LikelihoodRow, likelihoodResult, rowOf } from '../perplexity/likelihood-text.ts';
import type { ScoredText } from '../perplexity/text.ts';
import { type TextWish, textExtent, textScored } from '../perplexity/workload.ts';
import { compareWithReferences, type ReferenceOptions } from '../reference/compare-trials.ts';
import { type ChosenReference, chooseReference, nameOf } from '../reference/reference-choice.ts';
import type { Trial } from '../trials.ts';
import { earlierLogs, isSameWork, readRecords } from './earlier-logs.ts';

type TextOptions = Omit<TextWish, 'text'> & ReferenceOptions & { fresh: boolean };

/** Rows of the result, and how many of them are from earlier runs. */
export type TextLikelihood = LikelihoodResult & { reused: number };

/**
 * @param text null: none is scored
 * @returns no likelihood, and the error that says why, where the text cannot be scored as was asked
 */
export async function scoreText(
  cells: readonly Trial[],
  text: ScoredText | null,
  options: TextOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<{ likelihood: TextLikelihood | null; withoutText: UserError | null }> {
  if (text === null || signal.aborted) return { likelihood: null, withoutText: null };
  // What is missing is a row already.
  const there = cells.filter(({ compared }) => compared.problems.every(({ status }) => status !== 'missing'));
  try {
    return { likelihood: await likelihoodOf(there, { ...options, text }, line, signal), withoutText: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { likelihood: null, withoutText: error };
  }
}

async function likelihoodOf(
  cells: readonly Trial[],
  options: TextOptions & TextWish,
  line: Progress,
  signal: AbortSignal,
): Promise<TextLikelihood> {
  const finished: LikelihoodRow[] = [];
  const open: Trial[] = [];
  const { hostname } = await describeHost(options.anonymize);
  for (const cell of cells) {
    const row = options.fresh ? null : await finishedRow(cell, hostname, options, line, signal);
    if (row === null) open.push(cell);
    else finished.push(row);
  }
  const { groups, outcomeOf } = await compareWithReferences(open, textScored(options), options, line, signal);
  // What kept a cell from running at all is said with the tasks.
  const outcomes = new Map(open.map((cell) => [{ ...cell.compared, problems: [] }, outcomeOf(cell)]));
  const result = likelihoodResult([...outcomes.keys()], outcomes, groups);
  const isNew = (row: LikelihoodRow) =>
    !result.rows.some((other) => other.framework === row.framework && other.quantize === row.quantize);
  const earlier = finished.filter(isNew);
  return { ...result, rows: [...earlier, ...result.rows], reused: earlier.length };
}

/** Null where no completed run has scored the same text against the same reference with the same settings. */
async function finishedRow(
  cell: Trial,
  hostname: string,
  options: TextOptions & TextWish,
  line: Progress,
  signal: AbortSignal,
): Promise<LikelihoodRow | null> {
  const { framework, model } = cell;
  const { text, output } = options;
  const reference = await referenceOf(cell, options, line, signal);
  if (reference === undefined) return null;
  const { contextTokens: _, ...settings } = await engineSettings(options, framework, model);
  const { chunkTokens, chunks } = textExtent(options, model.record.contextLength);
  const log = earlierLogs({ framework, hostname, output, workload: 'perplexity' }).findLast(
    ({ header }) =>
      isSameWork(header, model.record, settings) &&
      header.requested.textSha256 === text.sha256 &&
      header.requested.chunkTokens === chunkTokens &&
      header.requested.chunks === chunks,
  );
  if (log === undefined) return null;
  const run = { records: readRecords(log) };
  const [scored, figures, against] = [
    lastOf(run, 'text'),
    lastOf(run, 'perplexity'),
    lastOf(run, 'likelihood_reference'),
  ];
  if (scored === null || figures === null || lastOf(run, 'end')?.status !== 'completed') return null;
  if (against?.modelSha256 !== reference?.model.record.sha256 || against?.framework !== reference?.framework.name) {
    return null;
  }
  const { got: quantize, weightClass } = model.record.quantization;
  return rowOf(
    { framework: framework.name, quantize, weightClass },
    {
      reference: reference === null ? null : { name: nameOf(reference), self: against?.self ?? false },
      figures,
      text: scored,
      log: log.path,
    },
  );
}

/** Null: nothing is compared. Undefined where no reference is available: the measurement will say why. */
async function referenceOf(
  cell: Trial,
  options: TextOptions,
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
