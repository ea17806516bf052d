/** A load test: the questions through the template once, then the stages of its shape, with progress. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { significant } from '../../command-line/format.ts';
import { table } from '../../command-line/terminal.ts';
import type { Engine } from '../../engine/engine.ts';
import { objectiveSettings, objectivesText } from '../../log/figures/objectives.ts';
import { chatTemplateOf } from '../../models/chat-template/chat-template.ts';
import type { RunContext } from '../../run/run-plan.ts';
import type { LatencyPercentiles } from '../../statistics/statistics.ts';
import { defaultQuestionsFile, messagesOf, readQuestions } from '../questions/questions.ts';
import { questionOrder } from '../questions/records.ts';
import { type EngineWorkload, requireContext } from '../workload.ts';
import type { LoadResults, StageFigures } from './figures.ts';
import { loadWarnings } from './load-warnings.ts';
import { loadShapeText } from './records.ts';
import { type LoadPlan, type LoadPrompt, type LoadTest, measureLoad, stageLabel, warmUpLoad } from './stages.ts';

export const load: EngineWorkload<LoadPlan> = {
  name: 'load',
  title: 'load test',
  watched: true,
  async plan(values, { contextTokens, timeoutSeconds }) {
    const { load: asked } = values;
    if (asked?.load === undefined) throw new Error('a load test has a shape');
    if (values.workload !== 'qa') {
      throw new UserError(`a load test asks questions; there is none of the workload ${values.workload}`, {
        exitCode: exitCodes.usage,
        remedy: 'Leave --workload out, or --load.',
      });
    }
    const { load: shape, loadSeconds, loadWarmUp, requestTimeoutSeconds, slo } = asked;
    requireContext(values.maxTokens + 1, contextTokens);
    requireTimeoutAbove(loadSeconds + requestTimeoutSeconds, timeoutSeconds);
    return {
      shape,
      questions: await readQuestions(values.questions ?? defaultQuestionsFile),
      seconds: loadSeconds,
      warmUpRequests: loadWarmUp,
      requestTimeoutMs: Math.round(requestTimeoutSeconds * 1000),
      objectives: slo ?? {},
      maxTokens: values.maxTokens,
      temperature: values.temperature,
      ignoreEndOfSequence: values.ignoreEndOfSequence,
    };
  },
  requested({ shape, seconds, warmUpRequests, requestTimeoutMs, objectives, ...answers }) {
    const { maxTokens, temperature, ignoreEndOfSequence } = answers;
    return {
      load: loadShapeText(shape),
      loadSeconds: seconds,
      loadWarmUp: warmUpRequests,
      requestTimeoutSeconds: requestTimeoutMs / 1000,
      ...objectiveSettings(objectives),
      maxTokens,
      temperature,
      ignoreEndOfSequence,
    };
  },
  asks: (plan) => plan.questions,
  requireFramework({ title, name, concurrent }) {
    if (concurrent === true) return;
    throw new UserError(`${title} answers one request at a time: there is no load to test`, {
      exitCode: exitCodes.usage,
      remedy: `Put it behind a server, \`npx tsx scripts/serve.ts --framework ${name}\` with the same options of model and engine, and test that.`,
    });
  },
  run: runLoadTest,
  warnings: loadWarnings,
  summary: ({ load: results }) => (results === null ? null : { tables: [loadText(results)], facts: [] }),
};

const redrawEveryMs = 200;

async function runLoadTest(context: RunContext, load: LoadPlan): Promise<void> {
  const { plan, timeLog, write, reporter, checkInterrupted } = context;
  const engine = stoppableEngine(context);
  const test: LoadTest = { ...load, prompts: await promptsOf(context, load), seed: plan.seed };
  reporter.stage('warming up');
  await timeLog.span('warmup', () => warmUpLoad(test, engine));
  checkInterrupted();
  await measureLoad(test, {
    engine: {
      tokenize: engine.tokenize,
      traffic: (traffic) => withProgress(context, load.seconds, () => engine.traffic(traffic)),
    },
    write,
    onStage: (label) => reporter.stage(`measuring, ${label}`),
    checkInterrupted,
  });
}

/** Every question as it is sent, in the order that the seed draws. */
async function promptsOf({ engine, plan }: RunContext, { questions }: LoadPlan): Promise<LoadPrompt[]> {
  const template = chatTemplateOf(plan.model);
  const prompts: LoadPrompt[] = [];
  for (const question of questionOrder(questions.questions, plan.seed, 0)) {
    const messages = messagesOf(questions, question);
    const { text } = await template(messages);
    const { ids } = await engine.tokenize(text);
    prompts.push({ questionId: question.id, prompt: ids, messages });
  }
  return prompts;
}

/** Ctrl-C stops what is sent and what is answered, so that the requests so far still come back. */
function stoppableEngine({ engine, stoppable }: RunContext): Pick<Engine, 'traffic' | 'tokenize'> {
  return {
    tokenize: (text) => engine.tokenize(text),
    traffic: (traffic) =>
      stoppable(
        () => engine.cancel(),
        () => engine.traffic(traffic),
      ),
  };
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
  throw new UserError(
    `a stage may take ${stageSeconds} s, its last request included, and --timeout is ${timeoutSeconds} s`,
    {
      exitCode: exitCodes.usage,
      remedy: `Add --timeout ${stageSeconds + 60}, or shorten --load-seconds or --request-timeout.`,
    },
  );
}

// The figures of a load test as a person reads them in the terminal.

export function loadText({ stages, objectives, saturation }: LoadResults): string {
  const tokens = stages.every(({ figures }) => figures.piecesAreTokens);
  const header = [
    'load',
    'sent',
    'failed',
    'requests/s',
    'tokens/s',
    'TTFT p50',
    'p99 (ms)',
    'TPOT p50',
    'p99 (ms)',
    `${tokens ? 'ITL' : 'inter-chunk'} p50`,
    'p99 (ms)',
    ...(stages.some(({ figures }) => figures.goodput !== null) ? ['goodput/s', 'kept'] : []),
  ];
  const rows = stages.map(({ shape, figures }) => [
    stageLabel(shape),
    String(figures.sent),
    failed(figures),
    significant(figures.requestsPerSecond),
    significant(figures.tokensPerSecond),
    ...middleAndTail(figures.ttftMs),
    ...middleAndTail(figures.tpotMs),
    ...middleAndTail(figures.gapMs),
    ...(figures.goodput === null
      ? []
      : [significant(figures.goodput.requestsPerSecond), `${significant(figures.goodput.share * 100)} %`]),
  ]);
  const kept = Object.keys(objectives).length === 0 ? [] : [`Goodput: answers with ${objectivesText(objectives)}.`];
  return [table(header, rows), [...kept, ...(saturation === null ? [] : [saturation])].join('\n')]
    .filter((block) => block !== '')
    .join('\n\n');
}

function middleAndTail({ p50, p99 }: LatencyPercentiles): string[] {
  return [p50, p99].map((value) => (value === null ? '-' : significant(value)));
}

function failed({ failures, cancelled }: StageFigures): string {
  const parts = Object.entries(failures).map(([kind, count]) => `${count} ${kind.replace('_', ' ')}`);
  return [...parts, ...(cancelled > 0 ? [`${cancelled} stopped`] : [])].join(', ') || '0';
}
