/**
 * What build and harness cost: Tokenlap's kernel workload on the prebuilt library of llama.cpp and on the native build, and
 * the llama-bench of that same build, on the same files, in turns. Nothing is written.
 *
 *   npx tsx scripts/llamacpp-harness-cost.ts --build
 *   npx tsx scripts/llamacpp-harness-cost.ts --shapes 1B:q4_0 --thread-counts 2 --starts 5
 */
import { interruptSignal } from './command-line/interrupt.ts';
import { commaList, wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { progress } from './command-line/progress.ts';
import { print, printJson } from './command-line/terminal.ts';
import { inBuild } from './frameworks/llamacpp/build-choice.ts';
import { llamacpp } from './frameworks/llamacpp/framework.ts';
import { llamaBench, runLlamaBench } from './frameworks/llamacpp/llama-bench.ts';
import { modelRequestOf } from './models/model-options.ts';
import { modelProgress } from './models/model-progress.ts';
import { resolveModel } from './models/resolve.ts';
import { engineSettings, withEngineOptions } from './run/run-options.ts';
import { kernelEngine, kernelTestsFor, measureTurns } from './workloads/kernel/kernel-turns.ts';
import { type TurnsResult, turnsResult, turnsTable } from './workloads/kernel/kernel-turns-text.ts';

const shapes = ['15M', '135M', '1B'].flatMap((size) => ['f16', 'q8_0', 'q4_0'].map((format) => `${size}:${format}`));

await run(async () => {
  const command = program(
    'llamacpp-harness-cost',
    "Prebuilt library and native build beside llama-bench's own rates.",
    [
      ['npx tsx scripts/llamacpp-harness-cost.ts --build', 'makes the native build first, where there is none'],
      ['npx tsx scripts/llamacpp-harness-cost.ts --shapes 1B:q4_0 --starts 5', 'one shape, more rounds'],
    ],
  )
    .option('--llama-bench <path>', 'the yardstick (default: the one of the native build)')
    .option('--build', 'make the native build when there is none', false)
    .option('--shapes <list>', 'synthetic models, size:quantisation', commaList, shapes)
    .option('--thread-counts <list>', 'threads to measure with', commaList, ['1', '2'])
    .option('--starts <n>', 'how often all processes begin anew', wholeNumber(1, 100), 2)
    .option('--rounds <n>', 'turns of each within a start', wholeNumber(1, 100), 3)
    .option('--n-prompt <tokens>', 'tokens of the pp test (default: by the size of the model)', wholeNumber(1))
    .option('--n-gen <tokens>', 'tokens of the tg test (default: by the size of the model)', wholeNumber(1))
    .option('--json', 'print JSON', false);
  const options = withEngineOptions(command).parse().opts();
  const signal = interruptSignal();
  const line = progress('looking for llama-bench');
  const results: TurnsResult[] = [];
  try {
    const report = modelProgress(line);
    const bench = await llamaBench({ given: options.llamaBench, build: options.build, progress: report, signal });
    for (const shape of options.shapes) {
      const [size, quantize = 'q8_0'] = shape.split(':');
      const request = { size, quantize, synthetic: true, offline: true };
      const model = await resolveModel(modelRequestOf(request, { seed: options.seed, formats: [] }), report, {
        signal,
      });
      const tests = { ...kernelTestsFor(model.record.parameters), ...asked(options) };
      for (const threads of options.threadCounts.map(wholeNumber(1))) {
        const settings = await engineSettings({ ...options, threads, device: 'cpu' }, llamacpp, model);
        const engineIn = (build: 'prebuilt' | 'native') => () =>
          kernelEngine(
            {
              framework: inBuild(llamacpp, build),
              modelPath: model.path,
              settings,
              timeoutMs: options.timeoutSeconds * 1000,
            },
            tests,
          );
        const yardstick = async () => ({
          measure: () => runLlamaBench(bench, { model: model.path, threads, ...tests, repetitions: 1 }),
          async [Symbol.asyncDispose]() {},
        });
        const contenders = { 'llama-bench': yardstick, prebuilt: engineIn('prebuilt'), native: engineIn('native') };
        const onRound = (round: number) =>
          line.stage(`${shape}, ${threads} threads: round ${round + 1} of ${options.starts * options.rounds}`);
        const rates = await measureTurns(Object.values(contenders), options, onRound, signal);
        results.push(turnsResult({ shape, threads, ...tests }, Object.keys(contenders), rates));
      }
    }
  } finally {
    line.end();
  }
  const text = `Tokens/s of llama-bench, and what the others did beside it in the same round: medians of ${options.starts * options.rounds} rounds\n\n${turnsTable(results)}`;
  if (options.json) printJson(results);
  else print(text);
});

function asked({ nPrompt, nGen }: { nPrompt?: number | undefined; nGen?: number | undefined }) {
  return { ...(nPrompt === undefined ? {} : { nPrompt }), ...(nGen === undefined ? {} : { nGen }) };
}
