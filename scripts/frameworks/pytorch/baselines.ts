/** Plain torch as the baseline of our engine: loops written by hand, and the same engine without its bridge (baselines.py). */
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
 * Tokens per second of prefill and decode written by hand.
 * @param python an interpreter with torch
 */
export async function byHandRates(python: string, test: Test): Promise<{ pp: number; tg: number }> {
  return z.object({ pp: rate, tg: rate }).parse(await measured(python, 'loop', test));
}

/** Tokens per second of generation in the engine, in a bare loop and through the sink of the host. */
export async function bridgeRates(python: string, test: Test): Promise<{ bare: number; bridged: number }> {
  return z.object({ bare: rate, bridged: rate }).parse(await measured(python, 'bridge', test));
}

async function measured(python: string, baseline: 'loop' | 'bridge', test: Test): Promise<unknown> {
  const { model, threads, nPrompt, nGen, repetitions } = test;
  const flags = ['--model', model, '--threads', threads, '--n-prompt', nPrompt, '--n-gen', nGen];
  const { stdout } = await $({
    quiet: true,
    cwd: scripts,
  })`${python} -m frameworks.pytorch.baselines ${baseline} ${flags} --repetitions ${repetitions}`;
  return JSON.parse(stdout);
}
