/** `models.ts families`: what families there are, what a token costs their models, and which frameworks run them. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { bytes, parameterCount } from '../../command-line/format.ts';
import { withSuggestion } from '../../command-line/options.ts';
import { program } from '../../command-line/program.ts';
import { paint, table } from '../../command-line/terminal.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { frameworks as registeredFrameworks } from '../../frameworks/registry.ts';
import { families, familyRunsAs, findFamily } from '../../models/architectures/families.ts';
import type { Family } from '../../models/architectures/llama-families.ts';
import { type SizeClass, sizeClassOf } from '../../models/architectures/size.ts';
import { tokenCostOfShape, windowOf } from '../../models/gguf/token-cost.ts';
import { printResult } from '../../models/model-progress.ts';
import { loadRegistry, parametersOf } from '../../models/registry.ts';
import type { RegisteredModel, Registry } from '../../models/registry-schema.ts';

export function familiesCommand() {
  return program('families', 'Families of models: traits, what a token costs them, which frameworks run them.', [
    ['npx tsx scripts/models.ts families', 'all, each with one of its models'],
    ['npx tsx scripts/models.ts families --algorithm mamba', 'one, with all its models'],
    ['npx tsx scripts/models.ts families --json', 'for scripts'],
    ['npx tsx scripts/models.ts synthesize 3M --algorithm falcon', 'random weights of any family and size'],
  ])
    .option('--algorithm <family>', 'only this family, with all its models')
    .option('--json', 'print JSON', false)
    .action(({ algorithm, json }) => {
      const chosen = algorithm === undefined ? families : [familyNamed(algorithm)];
      const found = chosen.map((family) => familyEntry(family, loadRegistry(), registeredFrameworks));
      printResult(json, { families: found }, () => familiesText(found, algorithm !== undefined));
    });
}

function familyNamed(name: string): Family {
  const family = findFamily(name);
  if (family !== undefined) return family;
  const names = families.map((each) => each.name);
  throw new UserError(withSuggestion(`unknown algorithm "${name}"`, name, names), {
    exitCode: exitCodes.usage,
    remedy: `Families: ${names.join(', ')}.`,
  });
}

export interface FamilyEntry {
  family: string;
  title: string;
  kind: string;
  /** What its files call themselves, and what a framework must know to run them. */
  architecture: string;
  runsAs: string;
  traits: string;
  models: FamilyModel[];
  /** By their declarations; whether they are installed is another question. */
  frameworks: string[];
}

interface FamilyModel {
  id: string;
  size: string;
  sizeClass: SizeClass;
  parameters: number;
  activeParameters: number;
  /** In a cache of F16: two bytes an element. */
  kvBytesPerToken: number;
  /** In F32, as llama.cpp keeps it. */
  stateBytes: number;
  /** Layers that keep only so many positions; null for none. */
  window: { layers: number; positions: number } | null;
}

export function familyEntry(family: Family, registry: Registry, frameworks: readonly Framework[]): FamilyEntry {
  const runsAs = familyRunsAs(family);
  return {
    ...{ family: family.name, title: family.title, kind: family.kind, architecture: family.architecture, runsAs },
    traits: family.traits,
    models: registry.models.filter((model) => findFamily(model.family) === family).map(modelEntry),
    frameworks: frameworks
      .filter(({ architectures }) => architectures === undefined || architectures.includes(runsAs))
      .map(({ name }) => name),
  };
}

const f16Bytes = 2;
const f32Bytes = 4;

function modelEntry(model: RegisteredModel): FamilyModel {
  const { activeParameters, kvElementsPerPosition, stateElements } = tokenCostOfShape(model.architecture, model.shape);
  return {
    id: model.id,
    size: model.size,
    sizeClass: sizeClassOf(parametersOf(model)),
    parameters: parametersOf(model),
    activeParameters,
    kvBytesPerToken: f16Bytes * kvElementsPerPosition,
    stateBytes: f32Bytes * stateElements,
    window: windowOf(model.architecture, model.shape),
  };
}

function familiesText(entries: readonly FamilyEntry[], allModels: boolean): string {
  return [
    table(
      ['algorithm', 'kind', 'stored as', 'what sets it apart'],
      entries.map(({ family, kind, architecture, traits }) => [family, kind, architecture, traits]),
      'llll',
    ),
    '',
    table(
      [
        'algorithm',
        allModels ? 'model' : 'a model of it',
        'class',
        'parameters',
        'active',
        'kept per token',
        'frameworks',
      ],
      entries.flatMap((entry) => (allModels ? entry.models : entry.models.slice(0, 1)).map(costRow(entry))),
      'lllrrll',
    ),
    paint(
      'dim',
      'Active: weights that a token is multiplied with. Kept per token: keys and values in f16. Random weights of any size: --algorithm FAMILY --size 50M --synthetic.',
    ),
  ].join('\n');
}

function costRow({ family, frameworks }: FamilyEntry) {
  return (model: FamilyModel) => [
    family,
    model.id,
    model.sizeClass,
    parameterCount(model.parameters),
    parameterCount(model.activeParameters),
    keptText(model),
    frameworks.join(' '),
  ];
}

function keptText({ kvBytesPerToken, stateBytes, window }: FamilyModel): string {
  if (stateBytes > 0) return `nothing; a state of ${bytes(stateBytes)}`;
  if (kvBytesPerToken === 0) return 'nothing';
  const windowed = window === null ? '' : `, ${window.layers} layers of ${window.positions} positions`;
  return `${bytes(kvBytesPerToken)}${windowed}`;
}
