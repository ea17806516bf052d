/** A Python environment with clients of other people, which the tests run against our endpoint. */
import { fileURLToPath } from 'node:url';
import { installVariant, workingInstallation } from '../../scripts/frameworks/installation.ts';
import type { PythonEnvironment } from '../../scripts/frameworks/python-environment/environment.ts';
import { environmentPython, environmentRecipe } from '../../scripts/frameworks/python-environment/recipe.ts';
import { torchRequirement } from '../../scripts/frameworks/pytorch/torch-builds.ts';
import type { FrameworkVariant } from '../../scripts/frameworks/variant.ts';
import { skipped } from '../fakes/skipped.ts';

export const peersLockPath = fileURLToPath(new URL('requirements.txt', import.meta.url));

export const peersEnvironment: PythonEnvironment = {
  framework: 'peers',
  name: 'cpu',
  title: 'llama-benchy, GuideLLM and lm-eval',
  gain: 'The tests run them against our endpoint.',
  costs: { downloadBytes: 420e6, installedBytes: 1.8e9, workingBytes: 2.4e9, minutes: 4 },
  needs: ['llama_benchy', 'guidellm', 'lm_eval'],
  // Pinned, since GuideLLM asks for any torch, and the newest one comes with gigabytes of CUDA.
  requirements: ['llama-benchy==0.4.0', 'guidellm==0.8.1', 'lm-eval[api]==0.4.13', torchRequirement],
  // lm-eval imports the first one for its cache of answers, and the others not at all.
  omitted: ['sqlitedict', 'rouge-score', 'word2number'],
};

const command = 'npx tsx test/peers/install.ts';
const name = { framework: peersEnvironment.framework, variant: peersEnvironment.name };

/**
 * The interpreter of the environment. In CI it is made, and a client that cannot be installed is an error; on other machines
 * undefined is returned, after a line that says how to make it.
 */
export async function peersPython(): Promise<string | undefined> {
  const recipe = environmentRecipe(peersEnvironment, peersLockPath);
  const there = await workingInstallation(name, recipe);
  if (there !== undefined) return environmentPython(there.folder);
  if (process.env.CI === undefined) {
    skipped(true, `${peersEnvironment.title} are not installed. To test with them: ${command}`);
    return undefined;
  }
  return environmentPython((await installPeers(() => {}, new AbortController().signal)).folder);
}

/** @throws as installVariant */
export function installPeers(progress: (label: string, done: number, total: number) => void, signal: AbortSignal) {
  const variant: FrameworkVariant = {
    ...peersEnvironment,
    recipe: async () => environmentRecipe(peersEnvironment, peersLockPath),
  };
  return installVariant(name.framework, variant, environmentRecipe(peersEnvironment, peersLockPath), {
    ...{ progress, signal },
    tell: (line) => console.warn(line),
  });
}
