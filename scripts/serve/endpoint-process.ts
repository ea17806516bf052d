/** Our own endpoint in a process of its own, as a person starts it: what a measurement over HTTP talks to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UserError } from '../command-line/errors.ts';
import type { EngineSettings, Framework } from '../frameworks/framework.ts';
import type { ResolvedModel } from '../models/resolve.ts';

export interface EndpointProcess extends AsyncDisposable {
  url: string;
}

export interface EndpointRecipe {
  framework: Framework;
  model: ResolvedModel;
  settings: EngineSettings;
}

const serveScript = fileURLToPath(new URL('../serve.ts', import.meta.url));
const readySchema = z.looseObject({ url: z.string() });
const keptLines = 5;
const closeTimeoutMs = 10_000;

/** @throws UserError with its last words when it ends before it is ready */
export async function startEndpointProcess(recipe: EndpointRecipe): Promise<EndpointProcess> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), serveScript, ...serveArguments(recipe)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const killWithUs = () => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    if (said.length > keptLines) said.shift();
  });
  const exited = once(child, 'exit');
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(() => undefined),
  ]);
  if (line === undefined) {
    process.off('exit', killWithUs);
    throw new UserError(`the endpoint did not start: ${said.join(' ')}`, {
      remedy: 'Start it by hand to see more: tsx scripts/serve.ts.',
    });
  }
  return {
    ...readySchema.parse(JSON.parse(String(line[0]))),
    async [Symbol.asyncDispose]() {
      process.off('exit', killWithUs);
      const limit = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs);
      child.kill('SIGTERM');
      await exited;
      clearTimeout(limit);
    },
  };
}

function serveArguments({ framework, model, settings }: EndpointRecipe): string[] {
  const { flashAttention, kvType, precision, compile, deviceCount, shard } = settings;
  const values: Record<string, string | number> = {
    '--framework': framework.name,
    '--model': model.path,
    '--port': 0,
    '--threads': settings.threads,
    '--device': settings.device,
    '--gpu-layers': settings.gpuLayers,
    '--context': settings.contextTokens,
    '--batch': settings.batchTokens,
    '--flash-attention': flashAttention,
    '--kv-type': kvType,
    '--precision': precision,
    '--device-count': deviceCount,
    '--shard': shard,
  };
  return [
    '--json',
    ...(compile ? ['--compile'] : []),
    ...Object.entries(values).flatMap(([name, value]) => [name, String(value)]),
  ];
}
