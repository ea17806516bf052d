/** `models.ts fetch SIZE`: downloads a model before it is needed. */
import { program } from '../../command-line/program.ts';
import { modelRequestOf, sizeOrName } from '../../models/model-options.ts';
import { printResult, withProgress } from '../../models/model-work.ts';
import { defaultQuantization, parseQuantization } from '../../models/quantization.ts';
import { resolveModel } from '../../models/resolve.ts';
import { modelText } from './made-model.ts';

export function fetchCommand() {
  return program('fetch', 'Downloads a model into the cache; a broken download goes on where it stopped.', [
    ['npx tsx scripts/models.ts fetch 1B', 'in its default format'],
    ['npx tsx scripts/models.ts fetch 1.7B --algorithm qwen3 --quantize q8_0', 'another family and format'],
    ['npx tsx scripts/models.ts fetch 1B --hub-url https://mirror.example', 'from a mirror'],
  ])
    .argument('<size>', 'size or name of a known model; see `npx tsx scripts/models.ts list`')
    .option('--algorithm <family>', 'family where a size has several')
    .option('--quantize <name>', 'weight format', parseQuantization, defaultQuantization)
    .option('--hub-url <url>', 'mirror to fetch from')
    .option('--json', 'print JSON', false)
    .action(async (size, options) => {
      const request = modelRequestOf({ ...options, ...sizeOrName(size) }, { seed: 0, formats: [] });
      const model = await withProgress(`fetching ${size}`, (report, world) => resolveModel(request, report, world));
      printResult(options.json, { path: model.path, ...model.record }, () => modelText(model));
    });
}
