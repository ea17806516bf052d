/** The builds of llama.cpp, and which one computes on the CPU: the native one if it is installed, unless the user chooses. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { choice } from '../../command-line/options.ts';
import type { Framework, FrameworkOption } from '../framework.ts';
import type { FrameworkVariant } from '../variant.ts';

const choices = ['auto', 'native', 'prebuilt'] as const;
type BuildChoice = (typeof choices)[number];

const variable = 'TOKENLAP_LLAMACPP_BUILD';

export const buildOption: FrameworkOption = {
  flags: '--llamacpp-build <build>',
  description: 'library on the CPU: native, prebuilt, or auto (native if it is installed)',
  variable,
  parse: choice(...choices),
};

/** Variables NODE_LLAMA_CPP_CMAKE_OPTION_* request a build that node-llama-cpp made itself. */
const customBuild = /^NODE_LLAMA_CPP_CMAKE_OPTION_/;

/** @throws UserError for an unknown value */
export function buildChoice(environment: NodeJS.ProcessEnv = process.env): BuildChoice {
  const asked = environment[variable] || 'auto';
  const known = choices.find((each) => each === asked);
  if (known === undefined) {
    throw new UserError(`${variable} is "${asked}"`, {
      exitCode: exitCodes.usage,
      remedy: `Values: ${choices.join(', ')}.`,
    });
  }
  return known === 'auto' && Object.keys(environment).some((name) => customBuild.test(name)) ? 'prebuilt' : known;
}

/** The framework restricted to one of its builds, whatever the environment says. */
export function inBuild(framework: Framework, build: 'native' | 'prebuilt'): Framework {
  return { ...framework, environment: (settings) => ({ ...framework.environment?.(settings), [variable]: build }) };
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
