/** Loops written by hand straight on onnxruntime-node (reference-loop.ts), over the graph that the engine runs. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UserError } from '../../command-line/errors.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import { generationRate, type OwnBenchmark, type StartContender } from '../own-benchmark.ts';
import { graphFiles, graphFolder } from './graph/graph-files.ts';
import { accuracyLevel, keyValueType } from './options.ts';
import type { Strategy } from './reference-loop.ts';

export const ownBenchmark: OwnBenchmark = {
  work: 'generation',
  defaults: {
    shapes: ['tiny', '15M', '135M'].flatMap((size) => ['f32', 'q8_0', 'q4_0'].map((format) => `${size}:${format}`)),
    threadCounts: [1],
    starts: 5,
    rounds: 4,
    tests: { nPrompt: 16, nGen: 64 },
  },
  settings: { kvType: 'f32' },

  prepare: async () => ({
    async references({ modelPath, settings, nGen, prompt }) {
      const graph = await processorGraph(modelPath, settings);
      const loop =
        (strategy: Strategy): StartContender =>
        async () => {
          const started = await startReferenceLoop(graph, settings.threads, strategy);
          const measure = async () => {
            const { ids, atMs } = await started.decode(prompt, nGen);
            return { rates: { tg: generationRate(atMs.map((at, i) => at - (atMs[i - 1] ?? at))) }, ids };
          };
          await measure();
          return { measure, [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
        };
      return {
        starters: { 'cache in place': loop('in-place'), 'cache fed back': loop('fed-back') },
        build: { graph: basename(graph) },
      };
    },
  }),
};

/** Path of the graph that the engine runs on the processor; it is written if necessary. */
export async function processorGraph(modelPath: string, { contextTokens, framework }: EngineSettings): Promise<string> {
  const options = {
    contextTokens,
    keyValueType: keyValueType('f32'),
    accuracyLevel: accuracyLevel('cpu', framework),
    forProcessor: true,
  };
  return (await graphFiles(modelPath, options, graphFolder(), () => {})).path;
}

const decodedSchema = z.object({ ids: z.array(z.number().int()), atMs: z.array(z.number()) });

/** Starts the process of a loop. @throws UserError when it ends early */
export async function startReferenceLoop(graph: string, threads: number, strategy: Strategy) {
  const loop = fileURLToPath(new URL('./reference-loop.ts', import.meta.url));
  const child = fork(loop, [graph, `${threads}`, strategy], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new UserError(`the reference loop ended with exit code ${code}`);
  });
  ended.catch(() => {});
  const answer = async (): Promise<unknown> => (await Promise.race([once(child, 'message'), ended]))[0];
  await answer();
  return {
    async decode(prompt: readonly number[], tokens: number) {
      child.send({ prompt, tokens });
      return decodedSchema.parse(await answer());
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended.catch(() => {});
    },
  };
}
