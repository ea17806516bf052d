/** `models.ts synthesize SIZE`: writes random weights in the shape of a model. */
import { wholeNumber } from '../../command-line/options.ts';
import { program } from '../../command-line/program.ts';
import { modelRequestOf, sizeOrName } from '../../models/model-options.ts';
import { printResult, withProgress } from '../../models/model-work.ts';
import { defaultQuantization, parseQuantization } from '../../models/quantization.ts';
import { resolveModel } from '../../models/resolve.ts';
import { modelText } from './made-model.ts';

const defaultSeed = 42;

export function synthesizeCommand() {
  return program('synthesize', 'Writes random weights in the exact shape of a known model into the cache.', [
    ['npx tsx scripts/models.ts synthesize 1B --quantize q8_0', 'a model of 1.3 GB in seconds'],
    ['npx tsx scripts/models.ts synthesize 0.5B --algorithm qwen2', 'another family'],
    ['npx tsx scripts/models.ts synthesize 15M --quantize f32 --seed 7', 'other numbers, same shape'],
  ])
    .argument('<size>', 'size or name of a known model; see `npx tsx scripts/models.ts list`')
    .option('--algorithm <family>', 'family where a size has several')
    .option('--quantize <name>', 'weight format', parseQuantization, defaultQuantization)
    .option('--seed <n>', 'same seed, same bytes', wholeNumber(0), defaultSeed)
    .option('--json', 'print JSON', false)
    .action(async (size, options) => {
      const request = modelRequestOf(
        { ...options, ...sizeOrName(size), synthetic: true },
        { seed: options.seed, formats: [] },
      );
      const model = await withProgress(`synthesizing ${size}`, (report, world) => resolveModel(request, report, world));
      printResult(options.json, { path: model.path, ...model.record }, () => modelText(model));
    });
}
