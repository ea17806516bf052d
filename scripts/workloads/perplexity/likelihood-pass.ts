/** Scores a text in many runs, each beside its reference, or alone. */

import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { addSettings } from '../../command-line/parsing/add-settings.ts';
import type { Progress } from '../../command-line/progress.ts';
import type { RunRecord } from '../../log/run-log-format.ts';
import { defaults } from '../../settings/defaults.ts';
import { namesOf } from '../../settings/setting.ts';
import { likelihoodSettings } from '../../settings/workload-settings.ts';
import {
  type Comparison,
  type GroupOutcome,
  type NotJudged,
  type PassOptions,
  type ReferenceGroup,
  runReferencePass,
} from '../reference/pass.ts';
import { type Candidate, parseReference } from '../reference/reference-choice.ts';
import { type Compared, compareWithReferences, type ReferenceOptions } from '../reference/reference-groups.ts';
import { planned } from '../workload.ts';
import { type Reference, scoreAgainst, scoreAlone, scoreAsReference } from './likelihood-workload.ts';
import type { PerplexityRecord, TextRecord } from './records.ts';
import { perplexity, type ScoredText, type TextExtent } from './workload.ts';

export interface LikelihoodPassOptions extends PassOptions {
  text: ScoredText;
  /** Undefined: the usual length, or the model's context if that is shorter. */
  chunkTokens?: number | undefined;
  /** Undefined: all of the text. */
  chunks?: number | undefined;
}

export type LikelihoodOptions = LikelihoodPassOptions & ReferenceOptions;
export type LikelihoodStanding = Scored | NotJudged;
export type LikelihoodGroupResult = GroupOutcome<Scored>;

export interface Scored {
  status: 'scored';
  text: TextRecord;
  figures: PerplexityRecord;
  /** What it was held against, and whether that is itself; null where nothing was compared. */
  reference: { name: string; self: boolean } | null;
  log: string;
}

/** @throws UserError when no log can be written, or an option is one that a framework does not have */
export function runLikelihoodPass(
  groups: readonly ReferenceGroup[],
  options: LikelihoodPassOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<LikelihoodGroupResult[]> {
  return runReferencePass(groups, textScored(options), options, line, signal);
}

/** @throws UserError when no log can be written, or an option does not go with the framework or the model */
export function measureLikelihood(
  candidates: readonly Candidate[],
  options: LikelihoodOptions,
  line: Progress,
  signal: AbortSignal,
): Promise<Compared<Scored>> {
  return compareWithReferences(candidates, textScored(options), options, line, signal);
}

function textScored({
  text,
  chunkTokens: chunk,
  chunks = null,
}: Omit<LikelihoodPassOptions, 'chunks'> & { chunks?: number | null | undefined }): Comparison<Reference, Scored> {
  return {
    stage: () => `scoring ${text.file}`,
    run({ record }, reference) {
      const chunkTokens = chunk ?? Math.min(defaults.perplexity.chunkTokens, record.contextLength);
      const extent: TextExtent = { text, chunkTokens, chunks };
      return {
        neededTokens: chunkTokens,
        context: Math.min(chunkTokens, record.contextLength),
        planned: (work) => planned(perplexity, { ...extent, reference: reference?.name ?? null, work }),
        asReference: (context, folder, note, onStep) => scoreAsReference(context, extent, folder, note, onStep),
        against: (context, folder, expected, onStep) => scoreAgainst(context, extent, folder, expected, onStep),
        alone: (context, folder, onStep) => scoreAlone(context, extent, folder, onStep),
      };
    },
    result({ records, logPath }, reference) {
      const last = <T extends RunRecord['type']>(type: T) =>
        records.findLast((record): record is Extract<RunRecord, { type: T }> => record.type === type);
      const [found, figures] = [last('text'), last('perplexity')];
      if (found === undefined || figures === undefined) return undefined;
      const self = last('likelihood_reference')?.self ?? false;
      return {
        status: 'scored',
        text: found,
        figures,
        reference: reference === null ? null : { name: reference, self },
        log: logPath,
      };
    },
  };
}

// The options that say which text is scored, how it is cut, and what it is compared with.

export function withLikelihoodOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  const { reference, syntheticReference } = defaults.parity;
  return addSettings(command, [...namesOf(likelihoodSettings), 'reference'], {
    reference: {
      parse: parseReference,
      help: `whose probabilities the divergence is measured from; format "same": that of each run (default: ${reference}, of synthetic weights ${syntheticReference})`,
    },
  }).option('--no-reference', 'perplexity only: faster, and nothing is compared');
}
