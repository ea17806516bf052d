/** Plain torch as the yardstick of our engine: the loops written by hand, and the same engine without its bridge. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { $ } from 'zx';

const scripts = fileURLToPath(new URL('../../', import.meta.url));
const rate = z.number().positive();

interface Test {
  /** Path of a GGUF file of the llama architecture. */
  model: string;
  threads: number;
  nPrompt: number;
  nGen: number;
  repetitions: number;
}

/**
 * Tokens per second of prefill and decode written by hand (by_hand_loop.py).
 * @param python an interpreter with torch
 */
export async function byHandRates(python: string, test: Test): Promise<{ pp: number; tg: number }> {
  const { model, threads, nPrompt, nGen, repetitions } = test;
  const output = await $({
    quiet: true,
    cwd: scripts,
  })`${python} -m frameworks.pytorch.by_hand_loop --model ${model} --threads ${threads} --n-prompt ${nPrompt} --n-gen ${nGen} --repetitions ${repetitions}`;
  return z.object({ pp: rate, tg: rate }).parse(JSON.parse(output.stdout));
}

/** Tokens per second of generation in the engine, in a bare loop and through the sink of the host (bridge_cost.py). */
export async function bridgeRates(python: string, test: Test): Promise<{ bare: number; bridged: number }> {
  const { model, threads, nGen, repetitions } = test;
  const output = await $({
    quiet: true,
    cwd: scripts,
  })`${python} -m frameworks.pytorch.bridge_cost --model ${model} --threads ${threads} --n-gen ${nGen} --repetitions ${repetitions}`;
  return z.object({ bare: rate, bridged: rate }).parse(JSON.parse(output.stdout));
}
