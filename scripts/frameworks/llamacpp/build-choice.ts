/** Which build computes on the CPU: the native one where it is installed, unless the person says otherwise. */
import { z } from 'zod';
import type { FrameworkOption } from '../../settings/framework-options.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';
import type { NodeFramework } from '../framework.ts';

const choices = z.enum(['auto', 'native', 'prebuilt']);
type BuildChoice = z.infer<typeof choices>;

export const buildOption = {
  flag: '--llamacpp-build <build>',
  schema: choices,
  help: 'library on the CPU: native, prebuilt, or auto: native where it is installed',
  variable: 'TOKENLAP_LLAMACPP_BUILD',
} satisfies FrameworkOption;

/** NODE_LLAMA_CPP_CMAKE_OPTION_* asks for a build that node-llama-cpp made itself. */
const customBuild = /^NODE_LLAMA_CPP_CMAKE_OPTION_/;

/** @param environment of the engine process */
export function buildChoice(
  given: FrameworkSettings | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): BuildChoice {
  const asked = choices.parse(given?.llamacppBuild ?? 'auto');
  return asked === 'auto' && Object.keys(environment).some((name) => customBuild.test(name)) ? 'prebuilt' : asked;
}

/** The framework limited to one of its builds, whatever the person asked for. */
export function inBuild(framework: NodeFramework, build: 'native' | 'prebuilt'): NodeFramework {
  return { ...framework, given: { ...framework.given, llamacppBuild: build } };
}
