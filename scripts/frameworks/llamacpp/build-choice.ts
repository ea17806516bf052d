/** Which build computes on the CPU: the native one where it is installed, unless the person says otherwise. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { FrameworkOption, NodeFramework } from '../framework.ts';

const choices = ['auto', 'native', 'prebuilt'] as const;
type BuildChoice = (typeof choices)[number];

const variable = 'TOKENLAP_LLAMACPP_BUILD';

export const buildOption: FrameworkOption = {
  flags: '--llamacpp-build <build>',
  description: 'library on the CPU: native, prebuilt, or auto: native where it is installed',
  variable,
};

/** NODE_LLAMA_CPP_CMAKE_OPTION_* asks for a build that node-llama-cpp made itself. */
const customBuild = /^NODE_LLAMA_CPP_CMAKE_OPTION_/;

/** @throws UserError for a value that is none */
export function buildChoice(environment: NodeJS.ProcessEnv = process.env): BuildChoice {
  const asked = environment[variable] || 'auto';
  const choice = choices.find((known) => known === asked);
  if (choice === undefined) {
    throw new UserError(`${variable} is "${asked}"`, {
      exitCode: exitCodes.usage,
      remedy: `Values: ${choices.join(', ')}.`,
    });
  }
  return choice === 'auto' && Object.keys(environment).some((name) => customBuild.test(name)) ? 'prebuilt' : choice;
}

/** The framework held to one of its builds, whatever the person asked for. */
export function inBuild(framework: NodeFramework, build: 'native' | 'prebuilt'): NodeFramework {
  return { ...framework, environment: (settings) => ({ ...framework.environment?.(settings), [variable]: build }) };
}
