/** A load test as the workload of a run: the questions through the template once, then the stages, with progress. */
import type { Engine } from '../../engine/engine.ts';
import { chatTemplateOf } from '../../models/chat-template/chat-template.ts';
import type { RunContext } from '../../run/run-context.ts';
import type { LoadPlan } from '../../run/run-plan.ts';
import { messagesOf, questionOrder } from '../questions/questions.ts';
import { type LoadPrompt, type LoadTest, measureLoad, warmUpLoad } from './load-workload.ts';

const redrawEveryMs = 200;

export async function runLoadTest(context: RunContext, load: LoadPlan): Promise<void> {
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
