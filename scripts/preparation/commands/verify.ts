/** `models.ts verify FILE`: whether model files are whole, unchanged and plausible. */
import { exitCodes, usageError } from '../../command-line/errors.ts';
import { significant } from '../../command-line/format.ts';
import { program } from '../../command-line/program.ts';
import { paint, table } from '../../command-line/terminal.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';
import { cachedModelFiles, namedFile } from '../../models/model-catalog.ts';
import { printResult, withProgress } from '../../models/model-progress.ts';
import { type FullVerification, verifyModel } from '../verify.ts';

export function verifyCommand() {
  return program('verify', 'Checks model files: nothing cut off, the known sha256, plausible numbers, the tokenizer.', [
    ['npx tsx scripts/models.ts verify ./model.gguf', 'one file, everything'],
    ['npx tsx scripts/models.ts verify ./model.gguf --statistics', 'with the figures of every tensor'],
    ['npx tsx scripts/models.ts verify --all', 'everything in the cache: structure and sha256'],
  ])
    .argument('[file]', 'path of a GGUF file, or size or id of a known model')
    .option('--all', 'every model in the cache', false)
    .option('--quick', 'structure, norms and sha256 only: the default with --all', false)
    .option('--full', 'with --all: numbers and tokenizer of every file too', false)
    .option('--statistics', 'print minimum, maximum, mean, deviation and zeros of every tensor', false)
    .option('--json', 'print JSON, with the figures of every tensor', false)
    .action(async (name, { all, quick, full, statistics, json }) => {
      const folder = modelCacheFolder();
      const paths = all ? cachedModelFiles(folder) : [namedFile(required(name), folder)];
      const results = await withProgress(
        'verifying',
        async (progress) => {
          const done: FullVerification[] = [];
          for (const path of paths) done.push(await verifyModel(path, full || (!all && !quick), progress));
          return done;
        },
        'Stopping.',
      );
      printResult(json, results, () => textOf(results, folder, statistics));
      if (results.some((result) => !result.ok)) process.exitCode = exitCodes.failed;
    });
}

function required(name: string | undefined): string {
  if (name !== undefined) return name;
  throw usageError('nothing to verify was named', 'Name a file, or add --all for the whole cache.');
}

function textOf(results: readonly FullVerification[], folder: string, withStatistics: boolean): string {
  if (results.length === 0) return `No models are in ${folder}.`;
  return results
    .map((result) => {
      const { path, ok, findings } = result;
      const verdict = ok ? paint('green', 'ok') : paint('red', 'DAMAGED');
      const lines = [`${verdict}  ${path}`, ...findings.map((finding) => `    ${finding.text}`)];
      return [...lines, ...(withStatistics ? [statisticsTable(result)] : [])].join('\n');
    })
    .join('\n');
}

function statisticsTable({ statistics }: FullVerification): string {
  const shown = (value: number | null) => (value === null ? '-' : significant(value, 3));
  const rows = (statistics ?? []).map((tensor) => [
    ...[tensor.name, tensor.type],
    ...[tensor.minimum, tensor.maximum, tensor.mean, tensor.deviation].map(shown),
    tensor.zeroShare === null ? '-' : `${significant(tensor.zeroShare * 100)} %`,
    String(tensor.nan + tensor.infinite),
  ]);
  return table(['tensor', 'format', 'min', 'max', 'mean', 'deviation', 'zeros', 'not finite'], rows, 'llrrrrrr');
}
