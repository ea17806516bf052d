/** Which build computes on the CPU: the native one where it is installed, unless the person says otherwise. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { choice } from '../../command-line/options.ts';
import type { FrameworkOption, NodeFramework } from '../framework.ts';

const choices = ['auto', 'native', 'prebuilt'] as const;
type BuildChoice = (typeof choices)[number];

const variable = 'TOKENLAP_LLAMACPP_BUILD';

export const buildOption: FrameworkOption = {
  flags: '--llamacpp-build <build>',
  description: 'library on the CPU: native, prebuilt, or auto: native where it is installed',
  variable,
  parse: choice(...choices),
};

/** NODE_LLAMA_CPP_CMAKE_OPTION_* asks for a build that node-llama-cpp made itself. */
const customBuild = /^NODE_LLAMA_CPP_CMAKE_OPTION_/;

/** @throws UserError for a value that is none */
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

/** The framework held to one of its builds, whatever the person asked for. */
export function inBuild(framework: NodeFramework, build: 'native' | 'prebuilt'): NodeFramework {
  return { ...framework, environment: (settings) => ({ ...framework.environment?.(settings), [variable]: build }) };
}
