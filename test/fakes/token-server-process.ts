/** Starts the token server, see token-server.ts, for the time of a test. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

export interface TokenServer {
  /** Without /v1. */
  url: string;
  /** Of every request that was answered with a stream, in order of arrival. */
  written(): Promise<Array<{ seed: number | null; receivedNs: bigint; writtenNs: bigint[] }>>;
}

const writtenSchema = z.array(
  z.object({ seed: z.int().nullable(), receivedNs: z.string(), writtenNs: z.array(z.string()) }),
);

/** @param model the name that it lists, which is the script of whoever takes it */
export async function startTokenServer(model = 'paper'): Promise<TokenServer> {
  const child = fork(fileURLToPath(new URL('./token-server.ts', import.meta.url)), ['0', model], {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    async written() {
      const answers = writtenSchema.parse(await (await fetch(`${url}/written`)).json());
      return answers.map(({ seed, receivedNs, writtenNs }) => ({
        seed,
        receivedNs: BigInt(receivedNs),
        writtenNs: writtenNs.map(BigInt),
      }));
    },
  };
}
