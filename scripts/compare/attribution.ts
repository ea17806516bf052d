/**
 * Where time goes between an engine's kernels and a user of its endpoint: the same model and settings at four levels, each a run
 * with a raw log of its own, in turns. The difference between two levels is what the upper one costs.
 */
import { UserError } from '../command-line/errors.ts';
import { startOwnEndpoint } from '../frameworks/openai/own-endpoint.ts';
import { frameworkNamed } from '../frameworks/registry.ts';
import { chatTemplateOf } from '../models/chat-template/chat-template.ts';
import { summarizeRun } from '../results/run-summary.ts';
import { type RunOutcome, runBenchmark } from '../run/run.ts';
import type { RunContext, RunPlan, RunReporter } from '../run/run-plan.ts';
import { median } from '../statistics/statistics.ts';
import { chat } from '../workloads/chat/workload.ts';
import { kernel as kernelWorkload } from '../workloads/kernel/workload.ts';
import { ask } from '../workloads/questions/qa-routine.ts';
import { questionOrder } from '../workloads/questions/records.ts';
import { type QaPlan, questions as questionsWorkload } from '../workloads/questions/workload.ts';
import { planned } from '../workloads/workload.ts';

/** From the bottom up. */
const levels = ['kernel', 'engine', 'streaming', 'http'] as const;
export type Level = (typeof levels)[number];

/** Figures of one run, in milliseconds. */
interface LevelFigures {
  tpotMs: number;
  /** Null where there is no prompt. */
  ttftMs: number | null;
}

export interface AttributedLevel {
  level: Level;
  /** One for each round; empty where the framework has no such level. */
  rounds: readonly LevelFigures[];
  /** Medians of the rounds. */
  tpotMs: number | null;
  ttftMs: number | null;
  /** Against the level below; null for the lowest. */
  addedTpotMs: number | null;
  addedTtftMs: number | null;
}

/** The run at the level of the engine; the others are made like it. */
export interface AttributionPlan extends Omit<RunPlan, 'workload'> {
  workload: QaPlan;
}

interface Environment {
  reporter: RunReporter;
  signal: AbortSignal;
}

const kernelRepetitions = 3;
const streamedWarmUps = 4;

/** @throws UserError when a run fails that should not */
export async function attribute(
  plan: AttributionPlan,
  rounds: number,
  { reporter, signal }: Environment,
): Promise<AttributedLevel[]> {
  const figures = new Map<Level, LevelFigures[]>(levels.map((level) => [level, []]));
  // The engine comes first of all: its prompts decide how deep the cache of the kernel test is.
  const order: Level[] = ['engine', 'kernel', 'streaming', 'http'];
  let promptTokens = 0;
  for (let round = 0; round < rounds; round++) {
    for (const level of round % 2 === 0 ? order : order.toReversed()) {
      if (round > 0 && figures.get(level)?.length === 0) continue;
      signal.throwIfAborted();
      const environment = {
        reporter: { ...reporter, stage: (label: string) => reporter.stage(`round ${round + 1}, ${level}: ${label}`) },
        signal,
      };
      const measured = await measureLevel(level, plan, promptTokens, environment);
      if (measured === undefined) continue;
      promptTokens ||= measured.promptTokens;
      figures.get(level)?.push(measured.figures);
    }
  }
  return attributed(figures);
}

/** Undefined where the framework has no such level. */
async function measureLevel(
  level: Level,
  plan: AttributionPlan,
  promptTokens: number,
  environment: Environment,
): Promise<{ figures: LevelFigures; promptTokens: number } | undefined> {
  const { reporter, signal } = environment;
  const asked = planned(questionsWorkload, plan.workload);
  switch (level) {
    case 'kernel': {
      const { maxTokens: nGen } = plan.workload;
      const workload = planned(kernelWorkload, {
        nPrompt: 1,
        nGen,
        depth: promptTokens,
        repetitions: kernelRepetitions,
      });
      const outcome = await runBenchmark({ ...plan, workload }, reporter, signal);
      const { kernel } = summarizeRun(outcome);
      if (kernel === null || kernel.tg === null) return undefined;
      return { figures: { tpotMs: 1000 / kernel.tg.median, ttftMs: null }, promptTokens: 0 };
    }
    case 'engine':
      return figuresOf(await runBenchmark({ ...plan, workload: asked }, reporter, signal));
    case 'streaming': {
      const { maxTokens, temperature, questions } = plan.workload;
      const talk = (context: RunContext) => askStreaming(context, plan.workload);
      const workload = planned(chat, { system: questions.system, maxTokens, temperature, talk });
      return figuresOf(await runBenchmark({ ...plan, workload }, reporter, signal));
    }
    case 'http': {
      await using endpoint = await startOwnEndpoint({
        framework: plan.framework.name,
        modelPath: plan.model.path,
        settings: plan.settings,
      });
      const given = { url: endpoint.url };
      const http = {
        framework: { ...frameworkNamed('openai'), given },
        settings: { ...plan.settings, framework: given },
      };
      return figuresOf(await runBenchmark({ ...plan, workload: asked, ...http }, reporter, signal));
    }
    default:
      return level satisfies never;
  }
}

/** The questions of the plan, each token sent to the harness the moment it exists, as for a chat or an endpoint. */
async function askStreaming(context: RunContext, qa: QaPlan): Promise<void> {
  const { engine, plan, write, reporter } = context;
  const template = chatTemplateOf(plan.model);
  const { questions, system } = qa.questions;
  const measured = questionOrder(questions, plan.seed, qa.firstRound);
  const all = [...measured.slice(0, streamedWarmUps), ...measured];
  const { maxTokens, temperature, ignoreEndOfSequence } = qa;
  for (const [answer, { id, question }] of all.entries()) {
    context.checkInterrupted();
    reporter.progress(answer, all.length);
    const phase = answer === 0 ? 'cold' : answer < streamedWarmUps ? 'warmup' : 'measured';
    const messages = [
      ...(system === null ? [] : [{ role: 'system' as const, content: system }]),
      { role: 'user' as const, content: question },
    ];
    const answered = await ask(
      engine,
      template,
      { answer, phase, round: 0, questionId: id, question, expected: null, messages },
      { maxTokens, temperature, seed: plan.seed, ignoreEndOfSequence, reusePrefix: false, stream: true },
    );
    write(...answered.tokens, answered.answer);
  }
}

function figuresOf(outcome: RunOutcome): { figures: LevelFigures; promptTokens: number } {
  const { answers, error } = summarizeRun(outcome);
  if (error !== null) {
    throw new UserError(
      `${error.message} (log: ${outcome.logPath})`,
      error.remedy === undefined ? {} : { remedy: error.remedy },
    );
  }
  const tpotMs = answers?.totals.tpotMs ?? null;
  if (answers === null || tpotMs === null || answers.ttftMs === null) {
    throw new UserError(`the run has no time per token (log: ${outcome.logPath})`, {
      remedy: 'Raise --max-tokens, and close what else uses the machine.',
    });
  }
  return {
    figures: { tpotMs, ttftMs: answers.ttftMs.median },
    promptTokens: Math.round(answers.promptTokens / answers.count),
  };
}

function attributed(figures: ReadonlyMap<Level, readonly LevelFigures[]>): AttributedLevel[] {
  let below: { tpotMs: number; ttftMs: number | null } | undefined;
  return levels.map((level) => {
    const rounds = figures.get(level) ?? [];
    if (rounds.length === 0) {
      return { level, rounds, tpotMs: null, ttftMs: null, addedTpotMs: null, addedTtftMs: null };
    }
    const tpotMs = median(rounds.map((round) => round.tpotMs));
    const ttfts = rounds.map((round) => round.ttftMs).filter((ttft) => ttft !== null);
    const ttftMs = ttfts.length === 0 ? null : median(ttfts);
    const added = {
      addedTpotMs: below === undefined ? null : tpotMs - below.tpotMs,
      addedTtftMs: below === undefined || below.ttftMs === null || ttftMs === null ? null : ttftMs - below.ttftMs,
    };
    below = { tpotMs, ttftMs };
    return { level, rounds, tpotMs, ttftMs, ...added };
  });
}
