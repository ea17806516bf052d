/** All architectures. A new one is a name in architecture.ts, a file here, and a line in `groups`. */
import { usageError } from '../../command-line/errors.ts';
import type { ModelConfig } from '../convert/model-config.ts';
import {
  type Architecture,
  type ArchitectureGroup,
  type ArchitectureName,
  architectureNames,
  type Converter,
  type Family,
  familyKinds,
} from './architecture.ts';
import { bert } from './bert.ts';
import { falcon } from './falcon.ts';
import { gemma } from './gemma.ts';
import { gpt2 } from './gpt2.ts';
import { gptneox } from './gptneox.ts';
import { llama } from './llama.ts';
import { mamba } from './mamba.ts';
import { olmoe } from './olmoe.ts';
import { phi2 } from './phi2.ts';
import { phi3 } from './phi3.ts';
import { qwen } from './qwen.ts';

const groups: readonly ArchitectureGroup[] = [
  llama,
  qwen,
  gemma,
  phi2,
  phi3,
  gpt2,
  gptneox,
  falcon,
  olmoe,
  mamba,
  bert,
];

export const architectures: Readonly<Record<ArchitectureName, Architecture>> = {
  ...llama.architectures,
  ...qwen.architectures,
  ...gemma.architectures,
  ...phi2.architectures,
  ...phi3.architectures,
  ...gpt2.architectures,
  ...gptneox.architectures,
  ...falcon.architectures,
  ...olmoe.architectures,
  ...mamba.architectures,
  ...bert.architectures,
};

/**
 * What an engine must know to run a file. A Mixtral is stored as a llama, and what runs a llama does not run its experts: they
 * have a name of their own here.
 */
export function runsAs(architecture: string, hasExperts: boolean): string {
  return architecture === 'llama' && hasExperts ? 'mixtral' : architecture;
}

/** All that a framework may declare to run. */
export const runnableArchitectures: readonly string[] = [...architectureNames, 'mixtral'];

/** Sorted by kind. */
export const families: readonly Family[] = groups
  .flatMap((group) => group.families)
  .sort((a, b) => familyKinds.indexOf(a.kind) - familyKinds.indexOf(b.kind));

export function findFamily(name: string): Family | undefined {
  return families.find((family) => sameFamily(family.name, name));
}

/** What an engine must be able to run for models of the family. */
export function familyRunsAs({ architecture, name }: Pick<Family, 'architecture' | 'name'>): string {
  return runsAs(architecture, name === 'mixtral');
}

/** `gpt-neox`, `GPT_NeoX` and `gptneox` are one name: all of them are in use. */
export function sameFamily(a: string, b: string): boolean {
  return bareName(a) === bareName(b);
}

function bareName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, '');
}

/** @throws UserError when no converter is for the class that config.json names */
export function converterFor(config: ModelConfig): Converter {
  const names = config.texts('architectures') ?? [];
  const converters = groups.flatMap(({ converter }) => (converter === undefined ? [] : [converter]));
  const found = converters.find(({ classes }) => names.some((name) => classes.includes(name)));
  if (found !== undefined) return found;
  const known = converters
    .flatMap(({ classes }) => classes)
    .filter((name) => name.endsWith('LM') || name === 'BertModel');
  throw usageError(
    `config.json names ${names.join(', ') || 'no architecture'}, which is not converted here`,
    `Try --tool llama.cpp. Converted here are ${known.join(', ')}.`,
  );
}
