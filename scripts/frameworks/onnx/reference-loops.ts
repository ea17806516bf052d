/** Starts the loops written by hand, by-hand-loop.ts, over the graph that the engine runs. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UserError } from '../../command-line/errors.ts';
import type { EngineSettings } from '../../settings/settings.ts';
import { graphFiles, graphFolder } from './graph/graph-files.ts';
import { accuracyLevel, keyValueType } from './options.ts';
import type { Strategy } from './reference-loop.ts';

const decodedSchema = z.object({ ids: z.array(z.number().int()), atMs: z.array(z.number()) });

/** Path of the graph that the engine would run on the processor; it is written where it is not there. */
export async function processorGraph(modelPath: string, { contextTokens, framework }: EngineSettings): Promise<string> {
  const options = {
    contextTokens,
    keyValueType: keyValueType('f32'),
    accuracyLevel: accuracyLevel('cpu', framework),
    forProcessor: true,
  };
  return (await graphFiles(modelPath, options, graphFolder(), () => {})).path;
}

export async function startByHand(graph: string, threads: number, strategy: Strategy) {
  const child = fork(fileURLToPath(new URL('./reference-loop.ts', import.meta.url)), [graph, `${threads}`, strategy], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new UserError(`the loop written by hand ended with exit code ${code}`);
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
