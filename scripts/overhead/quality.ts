/**
 * `overhead.ts quality`: does the quality of a run notice a disturbance on this machine? One run as it is, one beside a busy loop
 * on every core, and the decode rate with the system monitor and without, in turns. Raw logs go to <output>/raw/<framework>/.
 */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { UserError } from '../command-line/errors.ts';
import { significant } from '../command-line/format.ts';
import { wholeNumber } from '../command-line/options.ts';
import { program } from '../command-line/program.ts';
import type { Progress } from '../command-line/progress.ts';
import { print, printJson, table } from '../command-line/terminal.ts';
import { withModelOptions } from '../models/model-options.ts';
import { type RunSummary, summarizeRun } from '../results/run-summary.ts';
import { planBase, prepareRun, withWork } from '../run/prepare.ts';
import { qualityText } from '../run/quality/quality-text.ts';
import { runBenchmark } from '../run/run.ts';
import {
  frameworkWord,
  oneFrameworkNamed,
  withEngineOptions,
  withOutputOptions,
  withWorkloadOptions,
} from '../run/run-options.ts';
import type { RunPlan } from '../run/run-plan.ts';
import { ratioOf, ratioOfPairs } from '../statistics/log-ratio.ts';
import { type Interval, median } from '../statistics/statistics.ts';
import { workloadPlan } from '../workloads/registry.ts';

interface Checked {
  asItIs: RunSummary['certificate'];
  besideBusyLoops: RunSummary['certificate'];
  /** Decode rate with the system monitor, and without it; null without rounds. */
  cost: { rounds: number; watched: number; unwatched: number; ratio: number; interval: Interval | null } | null;
}

export function qualityCommand() {
  const command = program(
    'quality',
    'One run as the machine is, one beside busy loops, and what the system monitor costs.',
    [
      ['npx tsx scripts/overhead.ts quality', 'the embedded model on llama.cpp'],
      ['npx tsx scripts/overhead.ts quality --rounds 10', 'ten runs each, monitored and not, in turns'],
    ],
  )
    .option('--framework <name>', 'framework to run', frameworkWord, 'llamacpp')
    .option('--rounds <n>', 'runs each of monitored and not monitored; 0: none', wholeNumber(0, 1000), 0);
  return withOutputOptions(withWorkloadOptions(withEngineOptions(withModelOptions(command)))).action(
    async (options) => {
      await withWork('preparing', async ({ line, signal, ...world }) => {
        const framework = await oneFrameworkNamed(options.framework, options);
        const size = options.model === undefined ? (options.size ?? 'tiny') : undefined;
        const ready = await prepareRun(framework, { ...options, size }, world);
        const { model, settings } = ready;
        const plan: RunPlan = {
          ...ready,
          ...planBase(options),
          workload: await workloadPlan(
            { ...options, ignoreEndOfSequence: true },
            {
              model,
              contextTokens: settings.contextTokens,
              rounds: 2,
              firstRound: 0,
              timeoutSeconds: options.timeoutSeconds,
            },
          ),
          warmUp: options.warmUp,
        };
        const checked = await check(plan, options.rounds, line, signal);
        line.end();
        if (options.json) printJson(checked);
        else print(textOf(checked));
      });
    },
  );
}

async function check(plan: RunPlan, rounds: number, line: Progress, signal: AbortSignal): Promise<Checked> {
  const runOnce = async (label: string, conditions: boolean): Promise<RunSummary> => {
    line.stage(label);
    const outcome = await runBenchmark({ ...plan, conditions }, { stage: () => {}, progress: () => {} }, signal);
    signal.throwIfAborted();
    if (outcome.end.status !== 'completed') {
      throw new UserError(outcome.end.error?.message ?? 'the run failed');
    }
    return summarizeRun(outcome);
  };
  const asItIs = await runOnce('a run as the machine is', true);
  const end = startBusyLoops(cpus().length);
  let beside: RunSummary;
  try {
    beside = await runOnce('a run beside a busy loop on every core', true);
  } finally {
    end();
  }
  const watched: number[] = [];
  const unwatched: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // The order alternates, so that drift affects both alike.
    for (const on of round % 2 === 0 ? [true, false] : [false, true]) {
      const summary = await runOnce(`round ${round + 1} of ${rounds}, ${on ? 'monitored' : 'not monitored'}`, on);
      (on ? watched : unwatched).push(summary.answers?.totals.decodeTokensPerSecond ?? summary.kernel?.tg?.mean ?? 0);
    }
  }
  return {
    asItIs: asItIs.certificate,
    besideBusyLoops: beside.certificate,
    cost:
      rounds === 0
        ? null
        : {
            rounds,
            watched: median(watched),
            unwatched: median(unwatched),
            ...ratioOf(ratioOfPairs(watched.map((rate, round) => Math.log(rate / (unwatched[round] ?? rate))))),
          },
  };
}

function textOf({ asItIs, besideBusyLoops, cost }: Checked): string {
  const row = (name: string, certificate: RunSummary['certificate']) => {
    const others = certificate?.checks.find((one) => one.name === 'others_cpu')?.value ?? null;
    return [
      name,
      others === null ? 'unknown' : others.toFixed(2),
      certificate === null ? 'none' : String(certificate.microsecondsPerSample),
      certificate === null ? 'none' : qualityText(certificate),
    ];
  };
  const text = table(
    ['run', "others' work (cores)", 'a sample (µs)', 'run quality'],
    [row('as the machine is', asItIs), row('beside a busy loop on every core', besideBusyLoops)],
    'lrrl',
    { dropFirst: ['a sample (µs)'] },
  );
  if (cost === null) return text;
  const { rounds, watched, unwatched, ratio, interval } = cost;
  const range =
    interval === null
      ? 'an interval needs three rounds'
      : `95 %, within rounds: ${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}`;
  return `${text}\n\nDecode rate, medians of ${rounds} runs each: monitored ${significant(watched)}, not monitored ${significant(unwatched)} tokens/s: ${ratio.toFixed(3)} (${range})`;
}

/** The loops end by themselves after this time, in case the parent is gone. */
const longestMs = 300_000;
const loop = `setTimeout(() => process.exit(), ${longestMs}); (function work() { const end = Date.now() + 50; while (Date.now() < end); setImmediate(work); })();`;

/**
 * Starts a busy loop on every core as somebody else's load: child processes of this one would count as its own.
 * @returns a function that ends them
 */
function startBusyLoops(count: number): () => void {
  // The shell exits at once, and its children then belong to the system.
  const script = 'i=0; while [ $i -lt "$3" ]; do "$1" -e "$2" >/dev/null 2>&1 & echo $!; i=$((i+1)); done';
  const printed = execFileSync('/bin/sh', ['-c', script, 'sh', process.execPath, loop, String(count)], {
    encoding: 'utf8',
  });
  const pids = printed.trim().split('\n').map(Number);
  return () => {
    for (const pid of pids) {
      try {
        process.kill(pid);
      } catch {
        // The process has already ended.
      }
    }
  };
}
