/**
 * Talks to a model through any framework, streaming, over several turns. Timings and feedback go to a session log in
 * <output>/raw/<framework>/ that collate/ understands.
 *
 *   npx tsx scripts/chat.ts
 *   npx tsx scripts/chat.ts --prompt "Why is the sky blue?"
 */
import { text } from 'node:stream/consumers';
import { Option } from '@commander-js/extra-typings';
import { usageError } from './command-line/errors.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { addSettings } from './command-line/parsing/add-settings.ts';
import { program, run } from './command-line/program.ts';
import { paint, printJson, say, show } from './command-line/terminal.ts';
import { firstWorkingFramework } from './engine/engine.ts';
import { frameworks } from './frameworks/registry.ts';
import { requireWritable } from './log/run-log.ts';
import { withModelOptions } from './models/model-options.ts';
import { answerMetrics } from './results/figures/metrics.ts';
import { type CommandWork, planBase, prepareRun, type ReadyRun, withWork } from './run/prepare.ts';
import { runBenchmark } from './run/run.ts';
import {
  frameworkList,
  frameworksNamed,
  withEngineOptions,
  withFrameworkOptions,
  withOutputOptions,
} from './run/run-options.ts';
import { type RunContext, reporterOn } from './run/run-plan.ts';
import { namesOf } from './settings/setting.ts';
import { samplingSettings } from './settings/workload-settings.ts';
import { converse } from './workloads/chat/conversation.ts';
import { answerLine, ChatSession, chat } from './workloads/chat/workload.ts';
import { readQuestions } from './workloads/questions/questions.ts';
import { tellEnd } from './workloads/summary-text.ts';
import { planned } from './workloads/workload.ts';

await run(async () => {
  const options = chatOptions();
  const { output, json, system = null, temperature, feedback = false } = options;
  const prompt = await promptOf(options);
  requireWritable(output);
  // In a conversation Ctrl-C belongs to the line editor, which stops the answer and not the program.
  const signal = prompt === undefined ? new AbortController().signal : interruptSignal('Stopping.');
  const framework = await firstWorkingFramework(await frameworksNamed(options.framework, options));
  const talkWith = async ({ line, ...world }: CommandWork) => {
    const ready = await prepareRun(framework, options, world);
    const maxTokens = Math.max(1, Math.min(options.maxTokens, Math.floor(ready.settings.contextTokens / 2)));
    const plan = { system, maxTokens, temperature };
    const talk = (context: RunContext) => {
      line.end();
      const session = new ChatSession(context, plan);
      return prompt === undefined ? talkInTurns(session, ready, feedback) : answerOnce(session, prompt, json);
    };
    const run = { ...ready, ...planBase(options), workload: planned(chat, { ...plan, talk }), warmUp: 0 };
    return runBenchmark(run, reporterOn(line), signal, (piece) => {
      if (!json) show(piece, process.stdout);
    });
  };
  tellEnd(await withWork(`starting ${framework.title}`, talkWith, signal));
});

function chatOptions() {
  const command = program(
    'chat',
    'Talks to any framework, with the same routine and the same clock as the benchmark.',
    [
      ['npx tsx scripts/chat.ts', 'the embedded model'],
      ['npx tsx scripts/chat.ts --size 1B --system "Answer in one sentence."', 'downloads the model once'],
      ['npx tsx scripts/chat.ts --prompt "Why is the sky blue?"', 'one answer'],
      ['echo "What is 17 + 25?" | npx tsx scripts/chat.ts', 'one answer, from a pipe'],
    ],
  )
    .option('--prompt <text>', 'answer this and exit')
    .option('--system <text>', 'system message')
    .option(
      '--framework <list>',
      'the first of these that works',
      frameworkList,
      frameworks.map(({ name }) => name),
    )
    .option('--feedback', 'ask after each answer whether it was good')
    .addOption(new Option('--no-feedback', 'do not ask, as is usual').hideHelp());
  const withSampling = addSettings(withEngineOptions(withModelOptions(command)), namesOf(samplingSettings));
  return withFrameworkOptions(withOutputOptions(withSampling)).parse().opts();
}

/** Undefined: a person is at the terminal. @throws UserError where there is no question, and one is needed */
async function promptOf({ prompt, json }: { prompt?: string | undefined; json: boolean }): Promise<string | undefined> {
  const asked = prompt ?? (process.stdin.isTTY === true ? undefined : (await text(process.stdin)).trim());
  if (asked === '') throw usageError('there is no question', 'Give one with --prompt TEXT.');
  if (asked === undefined && json) throw usageError('--json needs a question', 'Add --prompt TEXT.');
  return asked;
}

async function answerOnce(session: ChatSession, prompt: string, json: boolean): Promise<void> {
  const { answer } = await session.say(prompt);
  if (json) printJson({ ...answer, metrics: answerMetrics(answer) });
  else show('\n', process.stdout);
  if (process.stderr.isTTY) say(paint('dim', answerLine(answer), process.stderr));
}

async function talkInTurns(session: ChatSession, { framework, model }: ReadyRun, askFeedback: boolean): Promise<void> {
  const { name, quantization, source } = model.record;
  say(paint('dim', `${framework.title}, ${name} ${quantization.got}`, process.stderr));
  const singleTurn = source === 'embedded';
  if (singleTurn) await warnOfSingleTurns();
  await converse(session, { input: process.stdin, output: process.stdout, askFeedback, singleTurn });
}

/** The embedded model is no small assistant. */
async function warnOfSingleTurns(): Promise<void> {
  const { questions } = await readQuestions();
  const such = questions[0] === undefined ? '' : `, such as "${questions[0].question}"`;
  say(
    `It is trained on a few hundred questions${such}, and takes each by itself: what was said before is forgotten. For a real conversation: --size 1B, or --model FILE.gguf.`,
  );
}
