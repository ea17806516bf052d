/** Our kernel workload against a framework's own benchmark on the same file, alternating, as ratios of medians. */

import { UserError } from '../command-line/errors.ts';
import { significant } from '../command-line/format.ts';
import { table } from '../command-line/terminal.ts';
import type { Framework } from '../frameworks/framework.ts';
import type { ResolvedModel } from '../models/resolve.ts';
import { summarizeRun } from '../results/run-summary.ts';
import { runBenchmark } from '../run/run.ts';
import type { EngineSettings } from '../settings/settings.ts';
import { median } from '../statistics/statistics.ts';
import { kernel as kernelWorkload } from '../workloads/kernel/workload.ts';
import { planned } from '../workloads/workload.ts';

/** Tokens per second. */
export interface KernelRates {
  pp: number;
  tg: number;
}

export interface YardstickTest {
  nPrompt: number;
  nGen: number;
  repetitions: number;
  rounds: number;
  seed: number;
  output: string;
  timeoutMs: number;
  command: readonly string[];
}

/** Medians of the rounds, tokens per second, and ours / theirs. */
export interface YardstickResult {
  shape: string;
  pp: { ours: number; theirs: number; ratio: number };
  tg: { ours: number; theirs: number; ratio: number };
}

/**
 * @param theirs the yardstick: one invocation of the framework's own benchmark
 * @param onRound told the number of each round, from 0
 */
export async function measureAgainst(
  subject: { shape: string; framework: Framework; model: ResolvedModel; settings: EngineSettings },
  test: YardstickTest,
  theirs: () => Promise<KernelRates>,
  onRound: (round: number) => void,
  signal: AbortSignal,
): Promise<YardstickResult> {
  const our: KernelRates[] = [];
  const their: KernelRates[] = [];
  for (let round = 0; round < test.rounds; round++) {
    signal.throwIfAborted();
    onRound(round);
    // Who comes first changes every round, so that drift hits both.
    if (round % 2 === 0) their.push(await theirs());
    our.push(await ours(subject, test, signal));
    if (round % 2 === 1) their.push(await theirs());
  }
  return { shape: subject.shape, pp: compare(our, their, 'pp'), tg: compare(our, their, 'tg') };
}

async function ours(
  { framework, model, settings }: { framework: Framework; model: ResolvedModel; settings: EngineSettings },
  { nPrompt, nGen, repetitions, seed, output, timeoutMs, command }: YardstickTest,
  signal: AbortSignal,
): Promise<KernelRates> {
  const workload = planned(kernelWorkload, { nPrompt, nGen, depth: 0, repetitions });
  const plan = { framework, model, settings, workload, seed, warmUp: 1, timeoutMs, output, anonymize: false, command };
  const outcome = await runBenchmark(plan, { stage: () => {}, progress: () => {} }, signal);
  const { kernel, error } = summarizeRun(outcome);
  if (error !== null) throw new UserError(error.message, error.remedy === undefined ? {} : { remedy: error.remedy });
  return { pp: kernel?.pp?.mean ?? Number.NaN, tg: kernel?.tg?.mean ?? Number.NaN };
}

function compare(our: readonly KernelRates[], their: readonly KernelRates[], test: keyof KernelRates) {
  const ours = median(our.map((rates) => rates[test]));
  const theirs = median(their.map((rates) => rates[test]));
  return { ours, theirs, ratio: ours / theirs };
}

export function yardstickTable(results: readonly YardstickResult[], yardstick: string): string {
  const cells = ({ ours, theirs, ratio }: YardstickResult['pp']) =>
    [theirs, ours, ratio].map((value) => significant(value));
  return table(
    ['shape', `pp ${yardstick}`, 'pp ours', 'ratio', `tg ${yardstick}`, 'tg ours', 'ratio'],
    results.map(({ shape, pp, tg }) => [shape, ...cells(pp), ...cells(tg)]),
  );
}
