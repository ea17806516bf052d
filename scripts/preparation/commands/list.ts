/** `models.ts list`: every known model. */
import { bytes, parameterCount } from '../../command-line/format.ts';
import { program } from '../../command-line/program.ts';
import { paint, table } from '../../command-line/terminal.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';
import { type CatalogEntry, modelCatalog } from '../../models/model-catalog.ts';
import { printResult } from '../../models/model-progress.ts';
import { loadRegistry } from '../../models/registry.ts';

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
