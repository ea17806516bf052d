/**
 * What the harness costs: the kernel workload against llama.cpp's own llama-bench on the same file and threads,
 * alternating, as ratios of medians. Our runs leave their raw logs under <output>.
 *
 *   npx tsx scripts/llamacpp-harness-cost.ts --llama-bench ./llama-bench
 *   npx tsx scripts/llamacpp-harness-cost.ts --build --rounds 5
 */

import { interruptSignal } from './command-line/interrupt.ts';
import { commaList, wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { progress } from './command-line/progress.ts';
import { print, printJson } from './command-line/terminal.ts';
import { commandLine } from './command-line/typed-command.ts';
import { llamacpp } from './frameworks/llamacpp/framework.ts';
import { llamaBench, runLlamaBench } from './frameworks/llamacpp/llama-bench.ts';
import { engineSettings, withEngineOptions, withOutputOptions } from './measure/run-options.ts';
import { modelProgress } from './measure/single-run.ts';
import { measureAgainst, type YardstickResult, yardstickTable } from './measure/yardstick.ts';
import { modelRequestOf } from './models/model-options.ts';
import { resolveModel } from './models/resolve.ts';

await run(async () => {
  const command = program('llamacpp-harness-cost', "Tokenlap's kernel workload against llama-bench on the same file.", [
    [
      'npx tsx scripts/llamacpp-harness-cost.ts --build',
      'builds llama-bench first, from the source in the npm package',
    ],
    ['npx tsx scripts/llamacpp-harness-cost.ts --shapes 1B:q4_0 --rounds 7', 'one shape, more rounds'],
  ])
    .option('--llama-bench <path>', 'the yardstick (default: the one on the PATH)')
    .option('--build', 'build llama-bench when there is none', false)
    .option('--shapes <list>', 'synthetic models, size:quantisation', commaList, ['15M:q8_0', '135M:q8_0', '1B:q4_0'])
    .option('--rounds <n>', 'alternations', wholeNumber(1, 100), 5)
    .option('--repetitions <n>', 'repetitions within a round', wholeNumber(1, 100), 3)
    .option('--n-prompt <tokens>', 'tokens of the pp test', wholeNumber(1), 512)
    .option('--n-gen <tokens>', 'tokens of the tg test', wholeNumber(1), 128);
  const options = withOutputOptions(withEngineOptions(command)).parse().opts();
  const test = { ...options, timeoutMs: options.timeout * 1000, command: commandLine() };
  const signal = interruptSignal();
  const line = progress('looking for llama-bench');
  const results: YardstickResult[] = [];
  try {
    const bench = await llamaBench(options.llamaBench, options.build);
    for (const shape of options.shapes) {
      const [size, quantize = 'q8_0'] = shape.split(':');
      const request = { size, quantize, synthetic: true, offline: true };
      const model = await resolveModel(
        modelRequestOf(request, { seed: options.seed, formats: [] }),
        modelProgress(line),
        { signal },
      );
      const settings = await engineSettings({ ...options, device: 'cpu' }, llamacpp, model);
      const theirs = () => runLlamaBench(bench, { ...options, model: model.path, threads: settings.threads });
      const onRound = (round: number) => line.stage(`${shape}: round ${round + 1} of ${options.rounds}`);
      results.push(
        await measureAgainst({ shape, framework: llamacpp, model, settings }, test, theirs, onRound, signal),
      );
    }
  } finally {
    line.end();
  }
  const text = `Medians of ${options.rounds} rounds, tokens/s\n\n${yardstickTable(results, 'llama-bench')}`;
  if (options.json) printJson(results);
  else print(text);
});
