/** `models.ts list`, `fetch SIZE` and `synthesize SIZE`: the known models, and putting one of them into the cache. */
import { bytes, parameterCount, significant } from '../../command-line/format.ts';
import { wholeNumber } from '../../command-line/options.ts';
import { program } from '../../command-line/program.ts';
import { paint, table } from '../../command-line/terminal.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';
import { type CatalogEntry, modelCatalog } from '../../models/model-catalog.ts';
import { modelRequestOf, sizeOrName } from '../../models/model-options.ts';
import { printResult, withProgress } from '../../models/model-progress.ts';
import { defaultQuantization, parseQuantization } from '../../models/quantization.ts';
import { loadRegistry } from '../../models/registry.ts';
import { type ResolvedModel, resolveModel } from '../../models/resolve.ts';

export function listCommand() {
  return program('list', 'Every known model, its formats and what is on this machine.', [
    ['npx tsx scripts/models.ts list', 'all models'],
    ['npx tsx scripts/models.ts list --algorithm llama', 'one family'],
    ['npx tsx scripts/models.ts list --json', 'for scripts'],
  ])
    .option('--algorithm <family>', 'only this family')
    .option('--json', 'print JSON', false)
    .action(({ algorithm, json }) => {
      const folder = modelCacheFolder();
      const models = modelCatalog(loadRegistry(), folder).filter(
        (model) => algorithm === undefined || model.algorithm === algorithm,
      );
      printResult(json, { cache: folder, models }, () => textOf(models, folder));
    });
}

function textOf(models: readonly CatalogEntry[], folder: string): string {
  const rows = models.map((model) => [
    model.size,
    model.algorithm,
    model.name,
    model.sizeClass,
    parameterCount(model.parameters),
    formatsText(model),
    hereText(model),
  ]);
  return [
    table(['size', 'algorithm', 'name', 'class', 'parameters', 'formats (default first)', 'here'], rows, 'llllrll', {
      dropFirst: ['class', 'here', 'parameters', 'algorithm'],
    }),
    paint('dim', `Sizes of files not fetched yet are estimates. Any shape can be synthesized. Cache: ${folder}`),
  ].join('\n');
}

function formatsText({ quantizations }: CatalogEntry): string {
  if (quantizations.length === 0) return 'synthetic only';
  const sorted = [...quantizations].sort((a, b) => Number(b.isDefault) - Number(a.isDefault) || b.bytes - a.bytes);
  const first = sorted[0];
  if (first === undefined) return '';
  const others = sorted.slice(1).map((format) => format.name);
  const size = `${first.estimated ? '~' : ''}${bytes(first.bytes)}`;
  return `${first.name} ${size}${others.length === 0 ? '' : `; ${shortened(others)}`}`;
}

const shown = 4;

function shortened(names: readonly string[]): string {
  return names.length <= shown ? names.join(' ') : `${names.slice(0, shown).join(' ')} +${names.length - shown}`;
}

function hereText({ quantizations, synthetic }: CatalogEntry): string {
  const files = quantizations.filter((format) => format.path !== null).map((format) => format.name);
  return [...files, ...(synthetic.length === 0 ? [] : [`${synthetic.length} synthetic`])].join(', ') || '-';
}

export function fetchCommand() {
  return program('fetch', 'Downloads a model into the cache; a broken download resumes where it stopped.', [
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
      const model = await withProgress(`fetching ${size}`, (report) => resolveModel(request, report));
      printResult(options.json, { path: model.path, ...model.record }, () => modelText(model));
    });
}

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
      const model = await withProgress(`synthesizing ${size}`, (report) => resolveModel(request, report));
      printResult(options.json, { path: model.path, ...model.record }, () => modelText(model));
    });
}

function modelText({ path, record }: ResolvedModel): string {
  const { quantization } = record;
  return [
    `${record.name}: ${parameterCount(record.parameters)} parameters, ${quantization.got} (${quantization.weightClass}), ` +
      `${significant(record.effectiveBitsPerWeight)} bits per weight, ${bytes(record.fileBytes)}`,
    ...(quantization.note === undefined ? [] : [quantization.note]),
    `sha256 ${record.sha256}`,
    path,
  ].join('\n');
}
