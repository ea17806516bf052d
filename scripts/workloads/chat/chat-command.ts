/** What `chat.ts` does: finds a framework that works, opens a session, answers once or converses. */
import { text } from 'node:stream/consumers';
import { Option } from '@commander-js/extra-typings';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { interruptSignal } from '../../command-line/interrupt.ts';
import { addSettings } from '../../command-line/parsing/add-settings.ts';
import { program, reportFailure } from '../../command-line/program.ts';
import { progress } from '../../command-line/progress.ts';
import { paint, printJson, say, show } from '../../command-line/terminal.ts';
import { firstWorkingFramework } from '../../engine/probe.ts';
import { frameworks } from '../../frameworks/registry.ts';
import { requireWritable } from '../../log/run-log.ts';
import { withModelOptions } from '../../models/model-options.ts';
import { answerMetrics } from '../../results/figures/metrics.ts';
import { planBase, prepareRun, preparing } from '../../run/prepare.ts';
import { type RunOutcome, runBenchmark } from '../../run/run.ts';
import {
  frameworkList,
  frameworksNamed,
  withEngineOptions,
  withFrameworkOptions,
  withOutputOptions,
} from '../../run/run-options.ts';
import { reporterOn } from '../../run/run-plan.ts';
import { namesOf } from '../../settings/setting.ts';
import { samplingSettings } from '../../settings/workload-settings.ts';
import { defaultQuestionsFile, type QuestionSet, readQuestions } from '../questions/questions.ts';
import { planned } from '../workload.ts';
import { converse } from './conversation.ts';
import { answerLine, ChatSession } from './session.ts';
import { type ChatPlan, chat } from './workload.ts';

export async function chatCommand(): Promise<void> {
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
  const options = withFrameworkOptions(
    withOutputOptions(addSettings(withEngineOptions(withModelOptions(command)), namesOf(samplingSettings))),
  )
    .parse()
    .opts();

  const prompt = options.prompt ?? (process.stdin.isTTY === true ? undefined : (await text(process.stdin)).trim());
  if (prompt === '') {
    throw new UserError('there is no question', { exitCode: exitCodes.usage, remedy: 'Give one with --prompt TEXT.' });
  }
  if (prompt === undefined && options.json) {
    throw new UserError('--json needs a question', { exitCode: exitCodes.usage, remedy: 'Add --prompt TEXT.' });
  }
  requireWritable(options.output);
  // In a conversation Ctrl-C belongs to the line editor, which stops the answer and not the program.
  const signal = prompt === undefined ? new AbortController().signal : interruptSignal('Stopping.');
  const framework = await firstWorkingFramework(await frameworksNamed(options.framework, options));
  const line = progress(`starting ${framework.title}`);
  const ready = await prepareRun(framework, options, preparing(line, signal)).finally(() => line.end());
  const { model, settings } = ready;
  const chatPlan: ChatPlan = {
    system: options.system ?? null,
    maxTokens: Math.max(1, Math.min(options.maxTokens, Math.floor(settings.contextTokens / 2))),
    temperature: options.temperature,
    talk: async (context) => {
      line.end();
      const session = new ChatSession(context, chatPlan);
      if (prompt !== undefined) return answerOnce(session, prompt, options.json);
      const { name, quantization, source } = model.record;
      say(paint('dim', `${framework.title}, ${name} ${quantization.got}`, process.stderr));
      const isEmbedded = source === 'embedded';
      if (isEmbedded) say(embeddedHint(await readQuestions(defaultQuestionsFile)));
      const { stdin: input, stdout: output } = process;
      return converse(session, { input, output, askFeedback: options.feedback === true, singleTurn: isEmbedded });
    },
  };
  const outcome = await runBenchmark(
    {
      ...ready,
      ...planBase(options),
      workload: planned(chat, chatPlan),
      warmUp: 0,
    },
    reporterOn(line),
    signal,
    (piece) => {
      if (!options.json) show(piece, process.stdout);
    },
  );
  finish(outcome);
}

/** Whoever takes it for a small assistant is disappointed. */
function embeddedHint({ questions }: QuestionSet): string {
  const [example] = questions;
  const such = example === undefined ? '' : `, such as "${example.question}"`;
  return `It is trained on a few hundred questions${such}, and takes each by itself: what was said before is forgotten. For a real conversation: --size 1B, or --model FILE.gguf.`;
}

async function answerOnce(session: ChatSession, prompt: string, json: boolean): Promise<void> {
  const { answer } = await session.say(prompt);
  if (json) printJson({ ...answer, metrics: answerMetrics(answer) });
  else show('\n', process.stdout);
  if (process.stderr.isTTY) say(paint('dim', answerLine(answer), process.stderr));
}

function finish({ end, exitCode, logPath }: RunOutcome): void {
  process.exitCode = exitCode;
  if (end.status === 'failed' || end.status === 'missing') {
    reportFailure(`${end.error?.message ?? 'the chat failed'} (log: ${logPath})`, end.error?.remedy);
  }
}
