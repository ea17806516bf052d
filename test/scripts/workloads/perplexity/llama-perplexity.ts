/** llama.cpp's llama-perplexity: what it prints, and how it is run where there is one. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

export interface ToolFigures {
  perplexity: number;
  perplexityError: number;
  /** Of the base as it was stored. */
  basePerplexity: number;
  ratio: number;
  ratioError: number;
  klMean: number;
  klError: number;
  klMax: number;
  klP99: number;
  klMedian: number;
  shiftMean: number;
  shiftRms: number;
  shiftRmsError: number;
  sameTop: number;
  sameTopError: number;
}

/** From its output with --kl-divergence. Shares are printed in percent. */
export function toolFigures(printed: string): ToolFigures {
  const numbers = (label: string): [value: number, error: number] => {
    const line = printed.split('\n').find((each) => each.startsWith(label));
    if (line === undefined) throw new Error(`llama-perplexity printed no "${label}":\n${printed.slice(-500)}`);
    const [value = Number.NaN, error = Number.NaN] = [...line.slice(label.length).matchAll(/-?\d+\.\d+/g)].map(Number);
    return [value, error];
  };
  const percent = (label: string) => numbers(label).map((value) => value / 100);
  const [perplexity, perplexityError] = numbers('Mean PPL(Q)  ');
  const [ratio, ratioError] = numbers('Mean PPL(Q)/PPL(base)  ');
  const [klMean, klError] = numbers('Mean    KLD:');
  const [shiftRms = Number.NaN, shiftRmsError = Number.NaN] = percent('RMS Δp');
  const [sameTop = Number.NaN, sameTopError = Number.NaN] = percent('Same top p:');
  return {
    perplexity,
    perplexityError,
    basePerplexity: numbers('Mean PPL(base)  ')[0],
    ratio,
    ratioError,
    klMean,
    klError,
    klMax: numbers('Maximum KLD:')[0],
    klP99: numbers('99.0%   KLD:')[0],
    klMedian: numbers('Median  KLD:')[0],
    shiftMean: percent('Mean    Δp:')[0] ?? Number.NaN,
    shiftRms,
    shiftRmsError,
    sameTop,
    sameTopError,
  };
}

export interface ToolRun {
  printed: string;
  /** After the last chunk, '[28]733.5164,'; NaN with --kl-divergence. */
  perplexity: number;
  seconds: number;
}

/** It prints by a thread that it does not wait for: on a busy machine one run in ten loses its last lines. */
const tries = 6;
const lastLines = /Final estimate|Same top p:/;

/** @param tool path of llama-perplexity; its libraries lie beside it */
export async function runTool(tool: string, args: readonly string[]): Promise<ToolRun> {
  for (let left = tries - 1; ; left--) {
    const run = await runOnce(tool, args);
    if (lastLines.test(run.printed) || left === 0) return run;
  }
}

async function runOnce(tool: string, args: readonly string[]): Promise<ToolRun> {
  const startMs = performance.now();
  const env = { ...process.env, LD_LIBRARY_PATH: dirname(tool) };
  const { stdout, stderr } = await promisify(execFile)(tool, [...args], { env, maxBuffer: 1e8 });
  const seconds = (performance.now() - startMs) / 1000;
  const printed = `${stdout}\n${stderr}`;
  const perplexity = Number([...stdout.matchAll(/\[\d+\](\d+\.\d+),/g)].at(-1)?.[1]);
  return { printed, perplexity, seconds };
}

/** A copy of a GGUF file whose tokenizer adds BOS. */
export function copyThatAddsBos(from: string, to: string): void {
  const bytes = readFileSync(from);
  const key = 'tokenizer.ggml.add_bos_token';
  const at = bytes.indexOf(key) + key.length;
  const booleanType = 7;
  if (at < key.length || bytes.readUInt32LE(at) !== booleanType) throw new Error(`${from} has no ${key}`);
  bytes[at + 4] = 1;
  writeFileSync(to, bytes);
}
