/** The builds of llama.cpp, and which one computes on the CPU: the native one if it is installed, unless the user chooses. */

import { z } from 'zod';
import type { FrameworkOption } from '../../command-line/parsing/framework-options.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';
import type { FrameworkVariant } from '../variant.ts';

const choices = z.enum(['auto', 'native', 'prebuilt']);
type BuildChoice = z.infer<typeof choices>;

export const buildOption = {
  flag: '--llamacpp-build <build>',
  schema: choices,
  help: 'library on the CPU: native, prebuilt, or auto (native if it is installed)',
  variable: 'TOKENLAP_LLAMACPP_BUILD',
} satisfies FrameworkOption;

/** Variables NODE_LLAMA_CPP_CMAKE_OPTION_* request a build that node-llama-cpp made itself. */
const customBuild = /^NODE_LLAMA_CPP_CMAKE_OPTION_/;

/** @param environment of the engine process */
export function buildChoice(
  given: FrameworkSettings | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): BuildChoice {
  const asked = choices.parse(given?.llamacppBuild ?? 'auto');
  return asked === 'auto' && Object.keys(environment).some((name) => customBuild.test(name)) ? 'prebuilt' : asked;
}

/** llama.cpp compiled on this machine for its processor, from the source of the installed binding. */
export const nativeBuild: FrameworkVariant = {
  name: 'native',
  title: 'llama.cpp, compiled here for this processor',
  gain: 'On the CPU it is faster than the prebuilt library: it uses OpenMP and is compiled for this processor.',
  costs: { downloadBytes: 0, installedBytes: 30e6, workingBytes: 400e6, minutes: 5 },
  async recipe() {
    const { nativeRecipe } = await import('./native-build/recipe.ts');
    return nativeRecipe();
  },
};
