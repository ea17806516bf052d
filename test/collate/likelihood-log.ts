/** Logs of perplexity runs: two chunks of 16 tokens, seven of each scored, held against a reference unless said otherwise. */

import type { RunRecord } from '../../scripts/log/run-log-format.ts';
import { chunkFigures, figuresOf, perplexityOf, type ScoredToken } from '../../scripts/workloads/perplexity/figures.ts';
import type {
  LikelihoodChunkRecord,
  PerplexityRecord,
  TextRecord,
} from '../../scripts/workloads/perplexity/records.ts';
import type { LogShape } from './log-factory.ts';

export interface LikelihoodLogShape extends LogShape {
  /** False: nothing was compared. */
  compared?: boolean;
  text?: Partial<TextRecord> | null;
  chunk?: Partial<LikelihoodChunkRecord>;
  /** Those that are in the log. */
  chunks?: number;
  result?: Partial<PerplexityRecord> | null;
  reference?: boolean;
}

const scoredPerChunk = 7;

/** Of the token i: probability 1/2 or 1/4, the reference's 1/2 always, KL 0.1 or 0.3. */
function scoredToken(i: number, compared: boolean): ScoredToken {
  const odd = i % 2 === 1;
  const [nll, referenceNll] = [Math.log(odd ? 4 : 2), Math.log(2)];
  const shift = odd ? -0.25 : 0;
  return {
    nll,
    topHit: !odd,
    divergence: compared
      ? { nll, referenceNll, storedNll: referenceNll, kl: odd ? 0.3 : 0.1, shift, top: 0, sameTop: !odd }
      : null,
  };
}

export function likelihoodLog(shape: LikelihoodLogShape = {}): LogShape {
  const { compared = true, text, chunk, chunks = 2, result, reference = compared, ...log } = shape;
  const tokens = [0, 1].map((at) =>
    Array.from({ length: scoredPerChunk }, (_, i) => scoredToken(at * scoredPerChunk + i, compared)),
  );
  const figures = tokens.map(chunkFigures);
  const records: LikelihoodChunkRecord[] = figures.map((each, i) => ({
    type: 'likelihood_chunk',
    chunk: i,
    startNs: 1e9 * (i + 1),
    endNs: 1e9 * (i + 1) + 5e8,
    ...each,
    perplexity: perplexityOf(figures.slice(0, i + 1)).value,
    ...(i === 1 ? chunk : {}),
  }));
  const all = tokens.flat().flatMap(({ divergence }) => (divergence === null ? [] : [divergence]));
  const kl = all.map((token) => token.kl);
  const shifts = all.map(({ shift }) => shift);
  const written: RunRecord[] = [
    ...(text === null
      ? []
      : [
          {
            type: 'text' as const,
            file: 'book.txt',
            sha256: 'ab'.repeat(32),
            tokens: 40,
            tokensSha256: 'cd'.repeat(32),
            chunkTokens: 16,
            chunks: 2,
            scoredPerChunk,
            bos: null,
            ...text,
          },
        ]),
    ...(reference
      ? [
          {
            type: 'likelihood_reference' as const,
            framework: 'llamacpp',
            title: 'llama.cpp',
            version: 'llama.cpp v0.5.0',
            quantize: 'f32',
            weightClass: '32-bit',
            modelSha256: 'ef'.repeat(32),
            self: false,
          },
        ]
      : []),
    ...records.slice(0, chunks),
    ...(result === null
      ? []
      : [
          {
            type: 'perplexity' as const,
            chunks: 2,
            evaluatedTokens: 32,
            durationNs: 1e9,
            from: 'logits' as const,
            ...figuresOf(figures, kl, shifts),
            ...result,
          },
        ]),
  ];
  return { ...log, header: { workload: 'perplexity', ...log.header }, answers: [], records: written };
}
