/** `models.ts inspect FILE`: what a model file says of itself. */
import { basename } from 'node:path';
import { bytes, counted, parameterCount, significant } from '../../command-line/format.ts';
import { program } from '../../command-line/program.ts';
import { paint, table } from '../../command-line/terminal.ts';
import { type Lineage, lineageText } from '../../log/lineage.ts';
import { shapeTensors } from '../../models/architectures/shape-tensors.ts';
import { sizeClassOf } from '../../models/architectures/size.ts';
import { lineageOf } from '../../models/file-digest.ts';
import { type GgufFacts, ggufFacts } from '../../models/gguf/facts.ts';
import type { GgufField, GgufFile } from '../../models/gguf/format.ts';
import { readGguf } from '../../models/gguf/reader.ts';
import { shapeOfGguf } from '../../models/gguf/shape.ts';
import { windowOf } from '../../models/gguf/token-cost.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';
import { namedFile } from '../../models/model-catalog.ts';
import { digestWithProgress } from '../../models/model-files.ts';
import { printResult, withProgress } from '../../models/model-progress.ts';

export function inspectCommand() {
  return program('inspect', 'Counts, formats, tokenizer and metadata of a GGUF file.', [
    ['npx tsx scripts/models.ts inspect ./model.gguf', 'a file'],
    ['npx tsx scripts/models.ts inspect tiny', 'a known model that is on this machine'],
    ['npx tsx scripts/models.ts inspect ./model.gguf --json', 'for scripts'],
  ])
    .argument('<file>', 'path of a GGUF file, or size or id of a known model')
    .option('--json', 'print JSON', false)
    .action(async (name, { json }) => {
      const path = namedFile(name, modelCacheFolder());
      const file = await readGguf(path);
      const facts = ggufFacts(file);
      const sha256 = await withProgress(`hashing ${basename(path)}`, (report) => digestWithProgress(file, report));
      const lineage = lineageOf(path, sha256, file.metadata);
      const metadata = Object.fromEntries([...file.metadata].map(([key, field]) => [key, shortened(field)]));
      const value = { path, fileBytes: file.fileBytes, version: file.version, sha256, ...facts, lineage, metadata };
      printResult(json, value, () => textOf(file, facts, sha256, lineage));
    });
}

function textOf(file: GgufFile, facts: GgufFacts, sha256: string, lineage: Lineage): string {
  const facing: Array<[string, string]> = [
    ['file', file.parts.length === 1 ? file.path : `${file.path}, the first of ${file.parts.length} parts`],
    ['size', `${bytes(file.fileBytes)} (GGUF version ${file.version}, header ${bytes(file.headBytes)})`],
    ['sha256', sha256],
    ['name', `${facts.name ?? 'none'}${facts.synthetic ? ' - random weights' : ''}`],
    [
      'architecture',
      `${facts.architecture}, ${counted(facts.layers, 'layers')}, context of ${counted(facts.contextLength, 'tokens')}`,
    ],
    ['parameters', `${parameterCount(facts.parameters)} (${facts.parameters}), class ${sizeClassOf(facts.parameters)}`],
    [
      'active for a token',
      `${parameterCount(facts.activeParameters)} (${facts.activeParameters})${expertsText(facts)}`,
    ],
    [
      'quantisation',
      `${facts.quantization}, ${significant(facts.effectiveBitsPerWeight, 4)} bits per weight${mislabelledText(facts)}`,
    ],
    ['read per token', `${bytes(facts.weightBytesPerToken)} of weights`],
    ['cached per position', keptText(file, facts)],
    ['tensors', tensorsText(file)],
    ['begins with BOS', facts.addBosToken ? `yes, ${facts.bosToken}` : 'no'],
    ['end token', facts.eosToken ?? 'none'],
    ['descends from', `${lineage.root.name}, sha256 ${lineage.root.sha256}`],
    ['by', lineageText(lineage) || 'no step that is written down'],
  ];
  const width = Math.max(...facing.map(([label]) => label.length));
  const formats = facts.formats.map(({ type, tensors, parameters, bytes: size }) => [
    type,
    String(tensors),
    parameterCount(parameters),
    bytes(size),
    `${significant((parameters / facts.parameters) * 100)} %`,
  ]);
  return [
    ...facing.map(([label, value]) => `${paint('dim', label.padEnd(width))}  ${value}`),
    '',
    table(['format', 'tensors', 'parameters', 'bytes', 'share'], formats),
    '',
    paint('bold', 'metadata'),
    ...[...file.metadata].map(([key, field]) => `  ${key} = ${JSON.stringify(shortened(field))}`),
  ].join('\n');
}

function mislabelledText({ mislabelled }: GgufFacts): string {
  return mislabelled === null ? '' : ` (general.file_type says ${mislabelled.declared})`;
}

function expertsText({ experts }: GgufFacts): string {
  return experts === null ? '' : `: ${experts.used} of ${experts.count} experts`;
}

function keptText(file: GgufFile, { kvElementsPerPosition, stateElements }: GgufFacts): string {
  if (stateElements > 0) return `${kvElementsPerPosition} key and value elements; a state of ${stateElements} for all`;
  const found = shapeOfGguf(file);
  const window = found === undefined ? null : windowOf(found.architecture, found.shape);
  const windowed =
    window === null ? '' : `; ${counted(window.layers, 'layers')} keep ${counted(window.positions, 'positions')} only`;
  return `${kvElementsPerPosition} key and value elements${windowed}`;
}

/** What llama.cpp would look for in vain ends its process, or the loading; what it does not know it refuses. */
function tensorsText(file: GgufFile): string {
  const found = shapeOfGguf(file);
  if (found === undefined) return `${file.tensors.length}, of an architecture without a template here`;
  const has = new Set(file.tensors.map(({ name }) => name));
  const wanted = new Set(shapeTensors(found.architecture, found.shape).map(({ name }) => name));
  const lacking = [...wanted].filter((name) => !has.has(name));
  const more = [...has].filter((name) => !wanted.has(name));
  const differences = [
    ...(lacking.length === 0
      ? []
      : [`lacking ${lacking.slice(0, longestList).join(', ')}${lacking.length > longestList ? ', ...' : ''}`]),
    ...(more.length === 0 ? [] : [`${more.length} that its architecture usually has not, such as ${more[0]}`]),
  ];
  return `${has.size}, ${differences.length === 0 ? `all that a ${found.architecture} has` : differences.join('; ')}`;
}

const longestList = 4;
const longestText = 300;

/** Lists and templates can be megabytes. */
function shortened(field: GgufField): unknown {
  switch (field.type) {
    case 'array': {
      const first = field.value.slice(0, longestList).map((item) => (typeof item === 'bigint' ? String(item) : item));
      return field.value.length > longestList ? [...first, `... ${field.value.length} in all`] : first;
    }
    case 'uint64':
    case 'int64':
      return Number(field.value);
    case 'string':
      return field.value.length > longestText ? `${field.value.slice(0, longestText)}...` : field.value;
    default:
      return field.value;
  }
}
