/**
 * What the harness costs: decoding through Tokenlap against tinygrad's own `python -m tinygrad.llm --benchmark`, same file,
 * same settings, fresh processes in turns. Prints medians of single tokens and their ratio; leaves no log.
 *
 *   npx tsx scripts/tinygrad-harness-cost.ts --python-path ~/tinygrad
 *   npx tsx scripts/tinygrad-harness-cost.ts --shapes 135M:q8_0 --rounds 5 --tokens 40
 */

import { significant } from './command-line/format.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { commaList, wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { progress } from './command-line/progress.ts';
import { print, table } from './command-line/terminal.ts';
import { pythonEnvironment } from './engine/python-environment.ts';
import { interpreterFor } from './engine/python-interpreter.ts';
import { tinygrad } from './frameworks/tinygrad/framework.ts';
import { runOwnBenchmark } from './frameworks/tinygrad/own-benchmark.ts';
import { modelRequestOf } from './models/model-options.ts';
import { modelProgress } from './models/model-progress.ts';
import { resolveModel } from './models/resolve.ts';
import { measureTokensAgainst } from './overhead/token-yardstick.ts';
import { engineSettings, withEngineOptions } from './run/run-options.ts';
import { givenOptions, pythonOptions } from './settings/framework-options.ts';

await run(async () => {
  const command = program('tinygrad-harness-cost', "Tokenlap's decoding against tinygrad's own on the same file.", [
    ['npx tsx scripts/tinygrad-harness-cost.ts --python-path ~/tinygrad', 'tinygrad from a source checkout'],
    ['npx tsx scripts/tinygrad-harness-cost.ts --shapes 135M:q8_0 --rounds 7', 'one shape, more rounds'],
  ])
    .option('--shapes <list>', 'synthetic models, size:quantisation', commaList, ['15M:q8_0', '135M:q8_0'])
    .option('--rounds <n>', 'alternations', wholeNumber(1, 100), 5)
    .option('--tokens <n>', 'tokens of a round', wholeNumber(8), 40);
  const options = withEngineOptions(command).parse().opts();
  const given = givenOptions(pythonOptions, options);
  const signal = interruptSignal();
  const line = progress('looking for tinygrad');
  const rows: string[][] = [];
  try {
    const python = await interpreterFor(tinygrad, given);
    for (const shape of options.shapes) {
      const [size, quantize = 'q8_0'] = shape.split(':');
      const model = await resolveModel(
        modelRequestOf({ size, quantize, synthetic: true, offline: true }, { seed: options.seed, formats: [] }),
        modelProgress(line),
        { signal },
      );
      const settings = await engineSettings({ ...options, device: 'cpu' }, tinygrad, model);
      const theirs = () => runOwnBenchmark(python.path, pythonEnvironment(given), model.path, options.tokens, settings);
      const { tokens, rounds } = options;
      const test = {
        framework: tinygrad,
        modelPath: model.path,
        settings,
        tokens,
        rounds,
        timeoutMs: options.timeoutSeconds * 1000,
      };
      const onRound = (round: number) => line.stage(`${shape}: round ${round + 1} of ${rounds}`);
      const { theirsMs, oursMs, speedRatio } = await measureTokensAgainst(test, theirs, onRound, signal);
      rows.push([shape, ...[theirsMs, oursMs, speedRatio].map((value) => significant(value))]);
    }
  } finally {
    line.end();
  }
  const columns = ['shape', 'tinygrad.llm ms/token', 'ours ms/token', 'speed ours / theirs'];
  print(`Medians of ${options.rounds} rounds\n\n${table(columns, rows)}`);
});
