/** Every family. Adding one: its template in a file of its own, a line here, and a line in ../architectures.ts where it is new. */
import { runsAs } from '../architectures.ts';
import { bert } from './bert.ts';
import { falcon } from './falcon.ts';
import type { Family } from './family.ts';
import { gemma2, gemma3 } from './gemma.ts';
import { gpt2 } from './gpt2.ts';
import { gptneox } from './gptneox.ts';
import { llama } from './llama.ts';
import { mamba } from './mamba.ts';
import { mistral } from './mistral.ts';
import { mixtral, olmoe, qwen2moe, qwen3moe } from './mixture-of-experts.ts';
import { phi2, phi3 } from './phi.ts';
import { qwen2, qwen3 } from './qwen.ts';

export const families: readonly Family[] = [
  ...[llama, mistral, qwen2, qwen3, gemma2, gemma3, phi2, phi3, gpt2, gptneox, falcon],
  ...[mixtral, qwen2moe, qwen3moe, olmoe, mamba, bert],
];

export function findFamily(name: string): Family | undefined {
  return families.find((family) => sameFamily(family.name, name));
}

/** What an engine must know to run models of the family; see architectures.ts. */
export function familyRunsAs({ architecture, name }: Pick<Family, 'architecture' | 'name'>): string {
  return runsAs(architecture, name === 'mixtral');
}

/** `gpt-neox`, `GPT_NeoX` and `gptneox` are one name: the world writes all of them. */
export function sameFamily(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, '');
}
