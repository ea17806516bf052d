/**
 * Where time goes between an engine's kernels and a user of its endpoint: the same model at four levels, in turns, and one table
 * of milliseconds lost on the way. Each run leaves its raw log under <output>/raw/.
 *
 *   npx tsx scripts/attribution.ts --size tiny
 *   npx tsx scripts/attribution.ts --framework llamacpp --size 1B --synthetic --quantize q4_0 --rounds 5
 */
import { exitCodes } from './command-line/errors.ts';
import { significant } from './command-line/format.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { paint, print, printJson, say, table } from './command-line/terminal.ts';
import { type AttributedLevel, attribute, type Level } from './compare/attribution.ts';
import { frameworks } from './frameworks/registry.ts';
import { requireWritable } from './log/run-log.ts';
import { withModelOptions } from './models/model-options.ts';
import { planBase, prepareRun, withWork } from './run/prepare.ts';
import { frameworkWord, oneFrameworkNamed, withEngineOptions, withOutputOptions } from './run/run-options.ts';
import { reporterOn } from './run/run-plan.ts';
import { defaults } from './settings/defaults.ts';
import { defaultQuestionsFile, readQuestions } from './workloads/questions/questions.ts';

const defaultRounds = 3;

async function attribution(): Promise<void> {
  const command = program(
    'attribution',
    'The same model measured as kernels, in its engine, streaming, and over HTTP: milliseconds lost on the way.',
    [
      ['npx tsx scripts/attribution.ts --size tiny', 'the embedded model'],
      [
        'npx tsx scripts/attribution.ts --framework llamacpp --size 1B --synthetic --quantize q4_0',
        'a model of real size',
      ],
    ],
  )
    .option('--framework <name>', 'the framework to look at', frameworkWord, frameworks[0]?.name ?? '')
    .option('--rounds <n>', 'runs at each level', wholeNumber(1, 100), defaultRounds)
    .option('--questions <file>', 'question file (default: configs/questions.json)')
    .option(
      '--max-tokens <n>',
      'tokens per answer, past the end of a sequence too',
      wholeNumber(2),
      defaults.maxTokens,
    );
  const options = withOutputOptions(withEngineOptions(withModelOptions(command)))
    .parse()
    .opts();
  requireWritable(options.output);
  const framework = await oneFrameworkNamed(options.framework, options);
  const signal = interruptSignal();
  let result: AttributedLevel[];
  try {
    result = await withWork(
      `preparing ${framework.title}`,
      async ({ line, ...world }) => {
        const plan = {
          ...(await prepareRun(framework, options, world)),
          ...planBase(options),
          workload: {
            questions: await readQuestions(options.questions ?? defaultQuestionsFile),
            rounds: 1,
            firstRound: 0,
            minSeconds: 0,
            judged: false,
            maxTokens: options.maxTokens,
            temperature: 0,
            ignoreEndOfSequence: true,
          },
          warmUp: 'auto' as const,
        };
        return attribute(plan, options.rounds, { reporter: reporterOn(line), signal });
      },
      signal,
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = exitCodes.interrupted;
    return;
  }
  if (options.json) printJson(result);
  else print(attributionTable(result));
  say(paint('dim', `Medians of ${options.rounds} rounds; raw logs: ${options.output}/raw`, process.stderr));
}

const titles: Record<Level, string> = {
  kernel: 'kernels: decoding alone, nothing sampled',
  engine: 'in the engine: sampling, the loop around it',
  streaming: 'streaming: each token sent as text',
  http: 'over HTTP: our endpoint, on this machine',
};

function rangeOf(values: readonly number[]): string {
  return values.length === 0 ? '-' : `${significant(Math.min(...values))} to ${significant(Math.max(...values))}`;
}

function attributionTable(result: readonly AttributedLevel[]): string {
  const cell = (value: number | null) => (value === null ? '-' : significant(value));
  const signed = (value: number | null) =>
    value === null ? '-' : `${value < 0 ? '-' : '+'}${significant(Math.abs(value))}`;
  return table(
    ['level', 'TPOT (ms)', 'rounds', 'added (ms)', 'tokens/s', 'TTFT (ms)', 'added (ms)'],
    result.map(({ level, rounds, tpotMs, addedTpotMs, ttftMs, addedTtftMs }) => [
      titles[level],
      cell(tpotMs),
      rangeOf(rounds.map((round) => round.tpotMs)),
      signed(addedTpotMs),
      cell(tpotMs === null ? null : 1000 / tpotMs),
      cell(ttftMs),
      signed(addedTtftMs),
    ]),
  );
}

await run(attribution);
