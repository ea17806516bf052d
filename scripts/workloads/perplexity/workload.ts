/** Perplexity: a text whose tokens are scored, and what a reference finds of the same tokens. */

import { lastOf } from '../../results/run.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { defaults } from '../../settings/defaults.ts';
import type { Comparison, NotJudged } from '../reference/pass.ts';
import { type EngineWorkload, planned } from '../workload.ts';
import { type Reference, scoreAgainst, scoreAlone, scoreAsReference } from './likelihood-workload.ts';
import type { PerplexityRecord, TextRecord } from './records.ts';
import type { ScoredText, TextExtent } from './text.ts';

export interface PerplexityPlan extends TextExtent {
  /** What was asked for as reference: `<framework>:<format>`; null: nothing is compared. */
  reference: string | null;
  /** Scores alone, as the reference, or compared with it. */
  work(context: RunContext): Promise<void>;
}

export const perplexity: EngineWorkload<PerplexityPlan> = {
  name: 'perplexity',
  title: 'perplexity',
  watched: true,
  requested({ text: { file, path, sha256 }, chunkTokens, chunks, reference }) {
    const textOptions = { text: file, ...(path === undefined ? {} : { textPath: path }), textSha256: sha256 };
    return { ...textOptions, chunkTokens, chunks, reference };
  },
  run: (context, { work }) => work(context),
};

export interface Scored {
  status: 'scored';
  text: TextRecord;
  figures: PerplexityRecord;
  /** What it was compared with, and whether that is itself; null where nothing was compared. */
  reference: { name: string; self: boolean } | null;
  log: string;
}

export type LikelihoodOutcome = Scored | NotJudged;

export interface TextWish {
  text: ScoredText;
  /** Undefined: the usual length, or the model's context if that is shorter. */
  chunkTokens?: number | undefined;
  /** Undefined: all of the text. */
  chunks?: number | undefined;
}

export function textExtent({ text, chunkTokens, chunks }: TextWish, contextLength: number): TextExtent {
  const usual = Math.min(defaults.perplexity.chunkTokens, contextLength);
  return { text, chunkTokens: chunkTokens ?? usual, chunks: chunks ?? null };
}

/** A text as what a pass compares with a reference. */
export function textScored(wish: TextWish): Comparison<Reference, Scored> {
  return {
    stage: () => `scoring ${wish.text.file}`,
    run({ record: { contextLength } }, reference) {
      const extent = textExtent(wish, contextLength);
      const { chunkTokens } = extent;
      return {
        neededTokens: chunkTokens,
        context: Math.min(chunkTokens, contextLength),
        planned: (work) => planned(perplexity, { ...extent, reference: reference?.name ?? null, work }),
        asReference: (context, folder, note, onStep) => scoreAsReference(context, extent, folder, note, onStep),
        against: (context, folder, expected, onStep) => scoreAgainst(context, extent, folder, expected, onStep),
        alone: (context, folder, onStep) => scoreAlone(context, extent, folder, onStep),
      };
    },
    result(run, reference) {
      const [text, figures] = [lastOf(run, 'text'), lastOf(run, 'perplexity')];
      if (text === null || figures === null) return undefined;
      const self = lastOf(run, 'likelihood_reference')?.self ?? false;
      return {
        status: 'scored',
        text,
        figures,
        reference: reference === null ? null : { name: reference, self },
        log: run.logPath,
      };
    },
  };
}
