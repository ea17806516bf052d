/** A model in ONNX Runtime: a graph that is written once from a GGUF file, or one from the hub. */
import { open } from 'node:fs/promises';
import { numberField } from '../../models/gguf/format.ts';
import { readGguf } from '../../models/gguf/reader.ts';
import { randomWords } from '../../models/synthetic/random-blocks.ts';
import type {
  KernelClock,
  KernelTest,
  LikelihoodRequest,
  Likelihoods,
  LoadRequest,
  Scored,
  ScoreRequest,
  TokenModel,
} from '../framework.ts';
import { type RowLikelihood, rowLikelihood } from '../log-likelihood.ts';
import { generate } from './generation.ts';
import { GraphRunner } from './graph-runner.ts';
import { loadHubGraph, loadWrittenGraph } from './loaded-graph.ts';
import { accuracyLevel, givenGraph, keyValueType } from './options.ts';
import { providerFor } from './providers.ts';
import { readBack } from './read-back.ts';

export async function loadGraph(request: LoadRequest): Promise<TokenModel> {
  const { settings, modelPath } = request;
  const [type, given] = [keyValueType(settings.kvType), givenGraph(settings.framework)];
  const provider = await providerFor(settings.device);
  const level = accuracyLevel(provider.device, settings.framework);
  const { metadata } = await readGguf(modelPath);
  const graph =
    given === undefined
      ? await loadWrittenGraph(request, provider, type, level)
      : await loadHubGraph(request, provider, given);
  const { session, cache, facts } = graph;
  const runner = new GraphRunner(graph, settings.contextTokens, settings.batchTokens);
  const bos = numberField(metadata, 'tokenizer.ggml.bos_token_id') ?? null;
  return {
    effective: readBack(graph, metadata, settings),
    generate: (prompt, options, sink) => generate(runner, request.endOfSequence, prompt, options, sink),
    kernel: (test, clock) => runKernel(runner, { size: facts.vocabulary, bos }, test, clock),
    score: (asked) => score(runner, facts.vocabulary, asked),
    likelihoods: (asked) => likelihoods(runner, facts.vocabulary, asked),
    async memory() {
      const { weightsBytes } = facts;
      return { weightsBytes, contextBytes: cache.bytes, deviceBytes: weightsBytes + cache.bytes };
    },
    async statistics() {
      return { graphFileBytes: facts.fileBytes, graphWrittenMs: facts.writtenMs };
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/**
 * Runs llama-bench's pp and tg tests (tools/llama-bench/llama-bench.cpp, test_prompt and test_gen): random token ids, the first
 * one BOS if the vocabulary has it, no sampling. A graph that finds the greatest logit does so here too, as the engine reports
 * (kernelChoosesToken); the result is not used.
 * @param vocabulary bos is null when the vocabulary has none
 */
async function runKernel(
  runner: GraphRunner,
  vocabulary: { size: number; bos: number | null },
  { test, tokens, depth, seed }: KernelTest,
  clock: KernelClock,
): Promise<void> {
  const random = randomWords(seed);
  const ids = Int32Array.from({ length: depth + tokens }, () => random() % vocabulary.size);
  if (vocabulary.bos !== null) ids[0] = vocabulary.bos;
  runner.begin(ids.length);
  if (depth > 0) await runner.evaluate(ids.subarray(0, depth));
  const work = ids.subarray(depth);
  const runs = test === 'pp' ? [work] : Array.from(work, (_, i) => work.subarray(i, i + 1));
  clock.start();
  for (const run of runs) await runner.evaluate(run);
  clock.stop();
}

/**
 * Computes how likely each token of a text is; only a few rows of logits are in memory at a time, and none leaves the process.
 * @param vocabulary logits of a row
 */
async function likelihoods(
  runner: GraphRunner,
  vocabulary: number,
  { tokens, from, top = 0 }: LikelihoodRequest,
): Promise<Likelihoods> {
  runner.begin(tokens.length);
  const logProbabilities: number[] = [];
  const mostProbable: number[] = [];
  const mostProbableOnes: RowLikelihood['top'][] = [];
  let asked = from;
  // The last row predicts the token after the end of the text, which nobody asks for.
  await runner.eachLogits(Int32Array.from(tokens), from - 1, async (logits) => {
    for (let row = 0; row < logits.length; row += vocabulary) {
      const token = tokens[asked++];
      if (token === undefined) return;
      const found = rowLikelihood(logits.subarray(row, row + vocabulary), token, top);
      logProbabilities.push(found.logProbability);
      mostProbable.push(found.mostProbable);
      if (top > 0) mostProbableOnes.push(found.top);
    }
  });
  return { logProbabilities, mostProbable, ...(top > 0 ? { top: mostProbableOnes } : {}) };
}

/** Writes teacher-forced logits row by row. @param vocabulary logits of a row */
async function score(runner: GraphRunner, vocabulary: number, request: ScoreRequest): Promise<Scored> {
  runner.begin(request.tokens.length);
  await using file = await open(request.path, 'w');
  await runner.eachLogits(Int32Array.from(request.tokens), request.from - 1, async (logits) => {
    await file.writeFile(new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength));
  });
  return { rows: request.tokens.length - request.from + 1, columns: vocabulary };
}
