/** Loads a model into ONNX Runtime: as a graph that is written from its GGUF file once, or as one of the hub's. */
import { numberField } from '../../models/gguf-format.ts';
import { readGguf } from '../../models/gguf-reader.ts';
import type { TokenLoadRequest, TokenModel } from '../framework.ts';
import { generate } from './generation.ts';
import { GraphRunner } from './graph-runner.ts';
import { loadHubGraph } from './hub-graph.ts';
import { runKernel } from './kernel.ts';
import { likelihoods } from './likelihoods.ts';
import { accuracyLevel, givenGraph, keyValueType } from './options.ts';
import { providerFor } from './providers.ts';
import { readBack } from './read-back.ts';
import { score } from './score.ts';
import { loadWrittenGraph } from './written-graph.ts';

export async function loadGraph(request: TokenLoadRequest): Promise<TokenModel> {
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
