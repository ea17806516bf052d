/**
 * `models.ts export onnx MODEL`: writes the graph that Tokenlap runs in ONNX Runtime into a folder.
 * `models.ts export hf MODEL`: writes a folder that transformers loads.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { bytes, milliseconds } from '../../command-line/format.ts';
import { wholeNumber } from '../../command-line/options.ts';
import { program } from '../../command-line/program.ts';
import { checkGraph, exportGraph } from '../../frameworks/onnx/export-graph.ts';
import { defaultAccuracyLevel, weightFormats } from '../../frameworks/onnx/options.ts';
import { type Lineage, type LineageStep, lineageKey, lineageText, ownStep, withStep } from '../../log/lineage.ts';
import type { ModelRecord } from '../../log/records/model-record.ts';
import {
  type ExportType,
  exportTypes,
  planExport,
  requireFreeFolder,
  writeExport,
} from '../../models/export/export-folder.ts';
import { readGguf } from '../../models/gguf/reader.ts';
import { modelRequestOf } from '../../models/model-options.ts';
import { type ModelProgress, printResult, withProgress } from '../../models/model-progress.ts';
import { requireFree } from '../../models/new-file.ts';
import { defaultQuantization, parseQuantization } from '../../models/quantization.ts';
import { resolveModel } from '../../models/resolve.ts';

interface ExportOptions {
  output: string | undefined;
  quantize: string;
  context: number | undefined;
  accuracyLevel: number;
  check: boolean;
  force: boolean;
}

const longestContext = 4096;

export function exportCommand() {
  return program('export', 'Writes a model in the format of another engine, into a folder.', [
    ['npx tsx scripts/models.ts export onnx ./model-f16.gguf', 'the graph that ONNX Runtime runs here'],
    ['npx tsx scripts/models.ts export hf ./model-f16.gguf --to ./model', 'a folder for transformers'],
  ])
    .addCommand(onnxCommand())
    .addCommand(hfCommand());
}

function onnxCommand() {
  return program('onnx', 'Writes the ONNX graph of a model, with its weights, into a folder.', [
    ['npx tsx scripts/models.ts export onnx ./model-f16.gguf', 'model-f16-onnx/ in this folder'],
    [
      'npx tsx scripts/models.ts export onnx tiny --quantize q8_0 --output tiny-onnx',
      'a known model, in another format',
    ],
    ['npx tsx scripts/models.ts export onnx ./model.gguf --context 8192', 'for longer texts'],
  ])
    .argument('<model>', 'a GGUF file, or size or id of a known model')
    .option('--output <folder>', 'the new folder (default: named after the file, in the current one)')
    .option('--quantize <name>', `weight format: ${weightFormats.join(', ')}`, parseQuantization, defaultQuantization)
    .option(
      '--context <n>',
      `positions that the graph is for (default: the model's, at most ${longestContext})`,
      wholeNumber(1),
    )
    .option(
      '--accuracy-level <level>',
      'accuracy level of MatMulNBits: 0 (float32) to 4 (8-bit activations)',
      wholeNumber(0, 4),
      defaultAccuracyLevel('cpu'),
    )
    .option('--no-check', 'do not open the graph in ONNX Runtime once it is written')
    .option('--force', 'replace a graph that is there', false)
    .option('--json', 'print JSON', false)
    .action(async (name, { output, context, json, ...options }) => {
      const made = await withProgress(
        `exporting ${name}`,
        (report) => exportModel(name, { ...options, output, context }, report),
        'Stopping; the unfinished file is removed.',
      );
      printResult(json, made, () =>
        [
          `${bytes(made.bytes)} for ${made.contextTokens} positions, in ${milliseconds(made.durationMs)}; ` +
            (made.checked ? 'ONNX Runtime opens it' : 'not opened in ONNX Runtime'),
          `descends from ${made.lineage.root.name}, sha256 ${made.lineage.root.sha256}: ${lineageText(made.lineage)}`,
          made.path,
        ].join('\n'),
      );
    });
}

interface FolderOptions {
  to: string | undefined;
  quantize: string;
  dtype: ExportType;
  force: boolean;
}

function hfCommand() {
  return program('hf', 'Writes the folder of a model that the transformers library loads, with the same weights.', [
    ['npx tsx scripts/models.ts export hf ./model-f16.gguf --to ./model', 'weights in f32, exactly those of the file'],
    ['npx tsx scripts/models.ts export hf ./model-q4_0.gguf --dtype bf16', 'model-q4_0-hf/ in this folder'],
    ['npx tsx scripts/models.ts export hf tiny --to tiny-hf', 'a known model'],
  ])
    .argument('<model>', 'a GGUF file, or size or id of a known model')
    .option('--to <folder>', 'the new folder (default: named after the file, in the current one)')
    .option('--quantize <name>', 'weight format of a known model', parseQuantization, defaultQuantization)
    .addOption(
      new Option('--dtype <format>', 'format of the matrices; f32 holds the values of every format exactly')
        .choices(exportTypes)
        .default('f32' as const),
    )
    .option('--force', 'replace an earlier export', false)
    .option('--json', 'print JSON', false)
    .action(async (name, { to, json, ...options }) => {
      const made = await withProgress(
        `exporting ${name}`,
        (report) => exportToFolder(name, { ...options, to }, report),
        'Stopping; the unfinished file is removed.',
      );
      printResult(json, made, () =>
        [
          `${made.modelClass}: ${bytes(made.bytes)} in ${milliseconds(made.durationMs)}; ` +
            (made.exact
              ? 'every weight has the value that it has in the file'
              : `weights are rounded to ${made.dtype}`),
          `descends from ${made.lineage.root.name}, sha256 ${made.lineage.root.sha256}: ${lineageText(made.lineage)}`,
          made.path,
        ].join('\n'),
      );
    });
}

async function exportToFolder(name: string, options: FolderOptions, progress: ModelProgress) {
  const { quantize, dtype, force } = options;
  const { path: source, record } = await resolvedModel(name, quantize, [], progress);
  const folder = resolve(options.to ?? `${record.file.replace(/\.gguf$/i, '')}-hf`);
  requireFreeFolder(folder, force);
  const plan = await planExport(await readGguf(source), dtype);
  const lineage = exportLineage(record, { to: 'hf', dtype });
  const startedMs = performance.now();
  const label = `writing the weights of ${record.name}`;
  const written = await writeExport(plan, folder, { [lineageKey]: JSON.stringify(lineage) }, (done) =>
    progress({ label, done, total: plan.weightBytes }),
  );
  const { architecture, modelClass, exact, weights } = plan;
  return {
    ...{ path: folder, bytes: written, tensors: weights.length, architecture, modelClass, dtype, exact },
    ...{ quantization: record.quantization, durationMs: performance.now() - startedMs, lineage },
  };
}

function resolvedModel(name: string, quantize: string, formats: readonly string[], progress: ModelProgress) {
  const choice = existsSync(name) ? { model: name } : { size: name };
  return resolveModel(modelRequestOf({ ...choice, quantize }, { seed: 0, formats }), progress);
}

function exportLineage(record: ModelRecord, options: LineageStep['options']): Lineage {
  const root = { sha256: record.sha256, name: record.file };
  return withStep(record.lineage ?? { root, steps: [] }, ownStep('export', record.sha256, options));
}

async function exportModel(name: string, options: ExportOptions, progress: ModelProgress) {
  const { quantize, accuracyLevel, check, force } = options;
  const { path: source, record } = await resolvedModel(name, quantize, weightFormats, progress);
  const folder = resolve(options.output ?? `${record.file.replace(/\.gguf$/i, '')}-onnx`);
  requireFree(join(folder, 'model.onnx'), force);
  const contextTokens = options.context ?? Math.min(record.contextLength, longestContext);
  const format = record.quantization.got;
  const lineage = exportLineage(record, { to: 'onnx', format, contextTokens, accuracyLevel });
  const startedMs = performance.now();
  const made = await exportGraph(
    source,
    folder,
    { keyValueType: 'float32', contextTokens, accuracyLevel, forProcessor: true },
    new Map([
      ['source', record.file],
      ['source_sha256', record.sha256],
      ['lineage', JSON.stringify(lineage)],
    ]),
    (fraction) => progress({ label: `writing the graph of ${record.name}`, done: fraction, total: 1 }),
  );
  if (check) {
    progress({ label: 'opening it in ONNX Runtime', done: 0, total: 0 });
    await checkGraph(made.path);
  }
  const durationMs = performance.now() - startedMs;
  return { ...made, quantization: record.quantization, contextTokens, checked: check, durationMs, lineage };
}
