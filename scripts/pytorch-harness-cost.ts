/**
 * What engine and harness cost with PyTorch: the kernel workload against prefill and decode written by hand in plain
 * torch, on the same file and threads, alternating, as ratios of medians; and generation through the bridge against the
 * bare loop. Our runs leave their raw logs under <output>.
 *
 *   npx tsx scripts/pytorch-harness-cost.ts
 *   npx tsx scripts/pytorch-harness-cost.ts --shapes 15M --rounds 7 --threads 1
 */

import { resolve } from 'node:path';
import { significant } from './command-line/format.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { commaList, wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { progress } from './command-line/progress.ts';
import { print, printJson, table } from './command-line/terminal.ts';
import { commandLine } from './command-line/typed-command.ts';
import { interpreterFor } from './engine/python-interpreter.ts';
import { bridgeRates, byHandRates } from './frameworks/pytorch/baselines.ts';
import { pytorch } from './frameworks/pytorch/framework.ts';
import { modelRequestOf } from './models/model-options.ts';
import { modelProgress } from './models/model-progress.ts';
import { resolveModel } from './models/resolve.ts';
import { measureAgainst, yardstickTable } from './overhead/yardstick.ts';
import { engineSettings, withEngineOptions, withOutputOptions } from './run/run-options.ts';
import { givenOptions, pythonOptions } from './settings/framework-options.ts';

await run(async () => {
  const command = program('pytorch-harness-cost', "Tokenlap's PyTorch engine against plain torch on the same file.", [
    ['npx tsx scripts/pytorch-harness-cost.ts', 'the shape of 95 million parameters, in float32'],
    ['npx tsx scripts/pytorch-harness-cost.ts --shapes 15M --rounds 7', 'another shape, more rounds'],
  ])
    .option('--shapes <list>', 'sizes of synthetic models', commaList, ['95M'])
    .option('--rounds <n>', 'alternations', wholeNumber(1, 100), 5)
    .option('--repetitions <n>', 'repetitions within a round', wholeNumber(1, 100), 3)
    .option('--n-prompt <tokens>', 'tokens of the pp test', wholeNumber(1), 512)
    .option('--n-gen <tokens>', 'tokens of the tg test', wholeNumber(1), 128);
  const options = withOutputOptions(withEngineOptions(command)).parse().opts();
  const test = { ...options, timeoutMs: options.timeoutSeconds * 1000, command: commandLine() };
  const signal = interruptSignal();
  const line = progress('looking for a Python with torch');
  const results = [];
  try {
    const { path: python } = await interpreterFor(pytorch, givenOptions(pythonOptions, options));
    for (const shape of options.shapes) {
      const request = { size: shape, quantize: 'f32', synthetic: true, offline: true };
      const model = await resolveModel(
        modelRequestOf(request, { seed: options.seed, formats: [] }),
        modelProgress(line),
        { signal },
      );
      const settings = await engineSettings({ ...options, device: 'cpu' }, pytorch, model);
      const theirTest = { ...options, model: resolve(model.path), threads: settings.threads };
      const onRound = (round: number) => line.stage(`${shape}: round ${round + 1} of ${options.rounds}`);
      const subject = { shape, framework: pytorch, model, settings };
      const kernel = await measureAgainst(subject, test, () => byHandRates(python, theirTest), onRound, signal);
      line.stage(`${shape}: with the bridge and without`);
      const bridge = await bridgeRates(python, { ...theirTest, repetitions: options.rounds * options.repetitions });
      results.push({ ...kernel, bridge: { ...bridge, ratio: bridge.bridged / bridge.bare } });
    }
  } finally {
    line.end();
  }
  const bridgeRows = results.map(({ shape, bridge }) => [
    shape,
    ...[bridge.bare, bridge.bridged, bridge.ratio].map((value) => significant(value)),
  ]);
  const text = `Medians of ${options.rounds} rounds, tokens/s

${yardstickTable(results, 'by hand')}

Generation, tokens/s

${table(['shape', 'bare loop', 'through the bridge', 'ratio'], bridgeRows)}`;
  if (options.json) printJson(results);
  else print(text);
});
