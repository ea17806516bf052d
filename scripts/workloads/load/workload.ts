/** A load test: the questions through the template once, then the stages of its shape, with progress. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { usageError } from '../../command-line/errors.ts';
import { addSettings } from '../../command-line/parsing/add-settings.ts';
import type { Traffic, TrafficResult } from '../../frameworks/messages.ts';
import { objectiveSettings, objectives } from '../../log/figures/objectives.ts';
import type { RunContext } from '../../run/run-plan.ts';
import { loadSettings } from '../../settings/load-settings.ts';
import { namesOf } from '../../settings/setting.ts';
import { renderedQuestions } from '../questions/qa-routine.ts';
import { readQuestions } from '../questions/questions.ts';
import { type EngineWorkload, requireContext } from '../workload.ts';
import { loadShape, loadShapeText } from './records.ts';
import { type LoadPlan, type LoadTest, measureLoad, warmUpLoad } from './stages.ts';
import { loadText, loadWarnings } from './text.ts';

export function withLoadOptions<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return addSettings(command, namesOf(loadSettings), { load: { parse: loadShape }, slo: { parse: objectives } });
}

export const load: EngineWorkload<LoadPlan> = {
  name: 'load',
  title: 'load test',
  watched: true,
  async plan(values, { contextTokens, timeoutSeconds }) {
    const { load: asked } = values;
    if (asked?.load === undefined) throw new Error('a load test has a shape');
    if (values.workload !== 'qa') {
      throw usageError(
        `a load test asks questions; there is none of the workload ${values.workload}`,
        'Leave --workload out, or --load.',
      );
    }
    const { load: shape, loadSeconds, loadWarmUp, requestTimeoutSeconds, slo } = asked;
    requireContext(values.maxTokens + 1, contextTokens);
    requireTimeoutAbove(loadSeconds + requestTimeoutSeconds, timeoutSeconds);
    return {
      shape,
      questions: await readQuestions(values.questions),
      seconds: loadSeconds,
      warmUpRequests: loadWarmUp,
      requestTimeoutMs: Math.round(requestTimeoutSeconds * 1000),
      objectives: slo ?? {},
      maxTokens: values.maxTokens,
      temperature: values.temperature,
      ignoreEndOfSequence: values.ignoreEndOfSequence,
    };
  },
  requested({ shape, seconds, warmUpRequests, requestTimeoutMs, objectives: limits, ...answers }) {
    const { maxTokens, temperature, ignoreEndOfSequence } = answers;
    return {
      load: loadShapeText(shape),
      loadSeconds: seconds,
      loadWarmUp: warmUpRequests,
      requestTimeoutSeconds: requestTimeoutMs / 1000,
      ...objectiveSettings(limits),
      maxTokens,
      temperature,
      ignoreEndOfSequence,
    };
  },
  asks: (plan) => plan.questions,
  requireFramework({ title, name, concurrent }) {
    if (concurrent === true) return;
    throw usageError(
      `${title} answers one request at a time: there is no load to test`,
      `Put it behind a server, \`npx tsx scripts/serve.ts --framework ${name}\` with the same options of model and engine, and test that.`,
    );
  },
  run: runLoadTest,
  warnings: loadWarnings,
  summary: ({ load: results }) => (results === null ? null : { tables: [loadText(results)], facts: [] }),
};

const redrawEveryMs = 200;

async function runLoadTest(context: RunContext, load: LoadPlan): Promise<void> {
  const { plan, engine, timeLog, write, reporter, checkInterrupted } = context;
  const { seed, model } = plan;
  const test: LoadTest = { ...load, prompts: await renderedQuestions(engine, model, load.questions, seed), seed };
  reporter.stage('warming up');
  await timeLog.span('warmup', () => warmUpLoad(test, { traffic: (traffic) => sent(context, traffic) }));
  checkInterrupted();
  await measureLoad(test, {
    engine: {
      tokenize: (text) => engine.tokenize(text),
      traffic: (traffic) => withProgress(context, load.seconds, () => sent(context, traffic)),
    },
    write,
    onStage: (label) => reporter.stage(`measuring, ${label}`),
    checkInterrupted,
  });
}

/** Ctrl-C stops what is sent and what is answered, so that the requests so far still come back. */
function sent({ engine, stoppable }: RunContext, traffic: Traffic): Promise<TrafficResult> {
  return stoppable(
    () => engine.cancel(),
    () => engine.traffic(traffic),
  );
}

/** The engine says nothing while requests flow; how long they will is known. */
async function withProgress<T>({ reporter }: RunContext, seconds: number, work: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const timer = setInterval(() => {
    reporter.progress(Math.min((performance.now() - startMs) / 1000, seconds), seconds);
  }, redrawEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** The client is busy for a whole stage; it must not count as hung before that has ended. */
function requireTimeoutAbove(stageSeconds: number, timeoutSeconds: number): void {
  if (stageSeconds < timeoutSeconds) return;
  throw usageError(
    `a stage may take ${stageSeconds} s, its last request included, and --timeout is ${timeoutSeconds} s`,
    `Add --timeout ${stageSeconds + 60}, or shorten --load-seconds or --request-timeout.`,
  );
}
