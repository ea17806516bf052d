/** The models that are known by name: configs/models.json, and how one of them is found. */
import { fileURLToPath } from 'node:url';
import { oneLine, usageError } from '../command-line/errors.ts';
import { textLimits } from '../command-line/files/input-limits.ts';
import { parseJson, readText } from '../command-line/files/text-file.ts';
import { withSuggestion } from '../command-line/options.ts';
import { findFamily, sameFamily } from './architectures/families.ts';
import { parameterCountOfShape } from './architectures/shape-tensors.ts';
import { parametersOfSize, shapeOfSize } from './architectures/size.ts';
import { type ModelSource, type RegisteredModel, type Registry, registrySchema } from './registry-schema.ts';

/** The folder of the repository: embedded models are named relative to it. */
export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));
export const registryFile = fileURLToPath(new URL('../../configs/models.json', import.meta.url));

/** @throws UserError with the first thing that is wrong with the file */
export function loadRegistry(path: string = registryFile): Registry {
  let content: unknown;
  try {
    content = parseJson(readText(path, 'Reading the registry of models', textLimits.settings));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw usageError(
      `${path} is not valid JSON: ${oneLine(error)}`,
      'Correct it, or restore it with `git checkout configs/models.json`.',
    );
  }
  const parsed = registrySchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const more = parsed.error.issues.length - 1;
  throw usageError(
    `${path}: ${issue?.path.join('.') || 'the file'} ${issue?.message}${more > 0 ? ` (and ${more} more)` : ''}`,
    'docs/models.md describes the fields of a model.',
  );
}

/**
 * The first model in the file of that size and family: the file lists families in order of preference.
 * @param size as typed, in any case; undefined: the family's first model, or the default one
 * @throws UserError naming what there is
 */
export function findModel(registry: Registry, size: string | undefined, family: string | undefined): RegisteredModel {
  const wantedSize = size ?? (family === undefined ? registry.defaultSize : undefined);
  const sized = (model: RegisteredModel) =>
    wantedSize === undefined || model.size.toLowerCase() === wantedSize.toLowerCase();
  const ofFamily = registry.models.filter(({ family: own }) => family === undefined || sameFamily(own, family));
  const found = ofFamily.find(sized);
  if (found !== undefined) return found;

  if (ofFamily.length === 0) {
    const families = registry.models.map((model) => model.family);
    throw usageError(
      withSuggestion(`unknown algorithm "${family}"`, family ?? '', families),
      `Known ones: ${unique(registry.models.map((model) => model.family))}.`,
    );
  }
  const ofSize = registry.models.filter(sized);
  const where = family === undefined ? '' : ` of the algorithm "${family}"`;
  const others = ofSize.length === 0 ? '' : ` ${wantedSize} exists as ${unique(ofSize.map((model) => model.family))}.`;
  const sizes = ofFamily.map((model) => model.size);
  const unknown = `there is no model of size "${wantedSize}"${where}`;
  const byName =
    modelCalled(registry, wantedSize ?? '') === undefined
      ? namesakesText(registry, wantedSize ?? '')
      : `That is a name: --model ${wantedSize}. `;
  throw usageError(
    ofSize.length > 0 ? unknown : withSuggestion(unknown, wantedSize ?? '', sizes),
    `${byName}${sizesText(ofFamily, wantedSize)}${others} A file of your own: --model PATH. Random weights of any size: --algorithm FAMILY --synthetic.`,
  );
}

/**
 * The shape that random weights are made in: a model of that size and family, or where there is none of them the family's
 * template in that size. The family must be named for that, so that a mistyped size does not fill a disk.
 */
export function findShape(registry: Registry, size: string | undefined, family: string | undefined): RegisteredModel {
  const template = family === undefined ? undefined : findFamily(family);
  const parameters = size === undefined ? undefined : parametersOfSize(size);
  const known = registry.models.some(
    (model) => model.size.toLowerCase() === size?.toLowerCase() && sameFamily(model.family, family ?? ''),
  );
  if (known || template === undefined || size === undefined || parameters === undefined) {
    return findModel(registry, size, family);
  }
  return {
    id: `${template.name}-${size.toLowerCase()}-template`,
    name: `${template.title} of ${size}`,
    size,
    family: template.name,
    architecture: template.architecture,
    shape: shapeOfSize(template, parameters),
    sources: {},
  };
}

/**
 * Finds a model by one of its common names: its id, its size, the repository of its files or of the weights they are made
 * of, or as Ollama writes it, 'llama3.2:1b'. Undefined for other names, and for a name with a format.
 */
export function modelCalled(registry: Registry, name: string, family?: string): RegisteredModel | undefined {
  const candidates = registry.models.filter((model) => family === undefined || sameFamily(model.family, family));
  const size = candidates.find((model) => model.size.toLowerCase() === name.toLowerCase());
  if (size !== undefined) return size;
  const wanted = bareName(name);
  const isCalled = ({ id, name: title, sources }: RegisteredModel) =>
    [id, title, sources?.gguf?.repository ?? ''].some((known) => {
      const bare = bareName(known);
      return bare !== '' && (bare === wanted || bare.replace(/(instruct|chat|it)$/, '') === wanted);
    });
  return candidates.find(isCalled);
}

/** `Several have that name: llama-3.2-1b-instruct, llama-3.2-3b-instruct. `, for a name without a size, or ''. */
export function namesakesText(registry: Registry, name: string): string {
  const wanted = bareName(name);
  const ids = registry.models
    .filter(({ id }) => wanted.length > 1 && bareName(id).startsWith(wanted))
    .map(({ id }) => id);
  return ids.length === 0 ? '' : `${ids.length === 1 ? 'Its name here' : 'Several have that name'}: ${unique(ids)}. `;
}

/** `meta-llama/Llama-3.2-1B-Instruct`, `llama3.2:1b-instruct` and `Llama 3.2 1B Instruct` are the same. */
function bareName(name: string): string {
  return (name.toLowerCase().split('/').at(-1) ?? '').replace(/-gguf$/, '').replaceAll(/[^a-z0-9.]/g, '');
}

/** Names that the user may type for a model: ids and sizes. */
export function modelNames(registry: Registry): string[] {
  return [...new Set(registry.models.flatMap(({ id, size }) => [id, size]))];
}

export function parametersOf(model: RegisteredModel): number {
  return parameterCountOfShape(model.architecture, model.shape);
}

export interface OfferedFile {
  quantization: string;
  repository: string;
  revision: string;
  /** Path in the repository. */
  file: string;
  sha256: string | undefined;
  bytes: number | undefined;
}

/** The files of a source, with the patterns filled in. */
export function offeredFiles(source: ModelSource): OfferedFile[] {
  return source.quantizations.map((offered) => {
    const given = typeof offered === 'string' ? { quantization: offered } : offered;
    return {
      quantization: given.quantization,
      repository: given.repository ?? fillPattern(source.repository, given.quantization),
      revision: given.revision ?? source.revision,
      file: given.file ?? fillPattern(source.file ?? '', given.quantization),
      sha256: given.sha256,
      bytes: given.bytes,
    };
  });
}

export function fillPattern(pattern: string, quantization: string): string {
  return pattern.replaceAll('{q}', () => quantization).replaceAll('{Q}', () => quantization.toUpperCase());
}

const mostSizes = 5;

/** All sizes if they are few; otherwise those nearest to what was typed, or the smallest, and the command that lists all. */
function sizesText(models: readonly RegisteredModel[], typed: string | undefined): string {
  const sizes = [...new Set(bySize(models).map(({ size }) => size))];
  if (sizes.length <= mostSizes) return `Sizes: ${sizes.join(', ')}.`;
  const wanted = typed === undefined ? undefined : parametersOfSize(typed);
  const distance = (size: string) => {
    const model = models.find((candidate) => candidate.size === size);
    return model === undefined || wanted === undefined ? 0 : Math.abs(Math.log(parametersOf(model) / wanted));
  };
  const nearest = sizes.toSorted((a, b) => distance(a) - distance(b)).slice(0, mostSizes);
  const shown = sizes.filter((size) => nearest.includes(size)).join(', ');
  return `${wanted === undefined ? 'The smallest sizes' : 'The nearest sizes'}: ${shown}; all ${sizes.length}: npx tsx scripts/models.ts list.`;
}

function bySize(models: readonly RegisteredModel[]): RegisteredModel[] {
  return models.toSorted((a, b) => parametersOf(a) - parametersOf(b));
}

function unique(names: readonly string[]): string {
  return [...new Set(names)].join(', ');
}
