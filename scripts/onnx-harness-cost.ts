/**
 * What the harness costs with ONNX Runtime: greedy decoding in the engine process against loops written by hand on
 * onnxruntime-node over the same graph, in turns, as ratios of medians with their intervals. Leaves no log.
 *
 *   npx tsx scripts/onnx-harness-cost.ts
 *   npx tsx scripts/onnx-harness-cost.ts --shapes 135M:q4_0 --accuracy-level 4 --rounds 7
 */
import { basename } from 'node:path';
import { exitCodes } from './command-line/errors.ts';
import { significant } from './command-line/format.ts';
import { interruptSignal } from './command-line/interrupt.ts';
import { commaList, wholeNumber } from './command-line/options.ts';
import { program, run } from './command-line/program.ts';
import { progress } from './command-line/progress.ts';
import { print, printJson, table } from './command-line/terminal.ts';
import { onnx } from './frameworks/onnx/framework.ts';
import { accuracyLevelOption } from './frameworks/onnx/options.ts';
import { processorGraph, startByHand } from './frameworks/onnx/reference-loops.ts';
import { modelRequestOf } from './models/model-options.ts';
import { modelProgress } from './models/model-progress.ts';
import { resolveModel } from './models/resolve.ts';
import { measureDecoders, rateRatio, ratioText, startEngineDecoder } from './overhead/decode-yardstick.ts';
import { engineSettings, withEngineOptions } from './run/run-options.ts';
import { addFrameworkOptions } from './settings/framework-options.ts';

const sizes = ['tiny', '15M', '135M'];
const shapes = sizes.flatMap((size) => ['f32', 'q8_0', 'q4_0'].map((quantize) => `${size}:${quantize}`));

await run(async () => {
  const command = program(
    'onnx-harness-cost',
    "Tokenlap's decoding against loops written by hand over the same graph.",
    [
      ['npx tsx scripts/onnx-harness-cost.ts', 'three shapes in three formats, one thread'],
      [
        'npx tsx scripts/onnx-harness-cost.ts --shapes 135M:q4_0 --accuracy-level 4 --rounds 7',
        'one shape, more rounds',
      ],
    ],
  )
    .option('--shapes <list>', 'synthetic models, size:quantisation', commaList, shapes)
    .option('--rounds <n>', 'times that all processes are started anew', wholeNumber(1, 100), 5)
    .option('--turns <n>', 'answers of each process within a round', wholeNumber(1, 100), 4)
    .option('--n-prompt <tokens>', 'tokens of the prompt', wholeNumber(1), 16)
    .option('--tokens <n>', 'tokens of an answer', wholeNumber(8), 64)
    .option('--json', 'print the result as JSON on standard output, and nothing else there', false);
  addFrameworkOptions(command, [accuracyLevelOption]);
  const options = withEngineOptions(command).parse().opts();
  const { rounds, turns, tokens, seed } = options;
  const signal = interruptSignal('Stopping; the rounds that are complete are told.');
  const line = progress('preparing');
  const results = [];
  try {
    for (const shape of options.shapes) {
      if (signal.aborted) break;
      const [size, quantize = 'f32'] = shape.split(':');
      const request = modelRequestOf({ size, quantize, synthetic: true, offline: true }, { seed, formats: [] });
      const model = await resolveModel(request, modelProgress(line), { signal });
      const asked = { ...options, threads: options.threads ?? 1, device: 'cpu', kvType: 'f32' };
      const settings = await engineSettings(asked, onnx, model);
      const path = await processorGraph(model.path, settings);
      const engine = { framework: onnx, modelPath: model.path, settings, graph: basename(path) };
      const [ours = [], inPlace = [], passedOn = []] = await measureDecoders(
        [
          () => startEngineDecoder({ ...engine, timeoutMs: options.timeoutSeconds * 1000 }),
          () => startByHand(path, settings.threads, 'in-place'),
          () => startByHand(path, settings.threads, 'passed-on'),
        ],
        { prompt: Array.from({ length: options.nPrompt }, (_, i) => 3 + i), tokens, rounds, turns, seed },
        (round) => line.stage(`${shape}: round ${round + 1} of ${rounds}`),
        signal,
      );
      if (ours.length > 0)
        results.push({ shape, inPlace: rateRatio(ours, inPlace), passedOn: rateRatio(ours, passedOn) });
    }
  } finally {
    line.end();
  }
  if (signal.aborted) process.exitCode = exitCodes.interrupted;
  const rows = results.map(({ shape, inPlace, passedOn }) => [
    shape,
    ...[inPlace.ours, inPlace.theirs].map((value) => significant(value)),
    ratioText(inPlace),
    significant(passedOn.theirs),
    ratioText(passedOn),
  ]);
  const columns = ['shape', 'ours', 'by hand', 'ours / by hand', 'all passed on', 'ours / all passed on'];
  const text = `${signal.aborted ? 'Interrupted; medians of at most' : 'Medians of'} ${rounds} rounds of ${turns} answers of ${tokens} tokens, tokens/s; intervals of 95 %\n\n${table(columns, rows)}`;
  if (options.json) printJson(results);
  else print(text);
});
