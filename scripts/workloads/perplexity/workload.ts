/** Perplexity: a text whose tokens are scored, and what a reference finds of the same tokens. */
import type { RunContext } from '../../run/run-plan.ts';
import type { EngineWorkload } from '../workload.ts';
import type { ScoredText } from './scored-text.ts';

/** What is scored. */
export interface TextExtent {
  text: ScoredText;
  /** Tokens of a chunk: llama-perplexity's context. */
  chunkTokens: number;
  /** At most so many chunks; null: all of the text. */
  chunks: number | null;
}

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
