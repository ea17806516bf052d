/** A Python environment as a variant of its framework that can be installed. */
import type { FrameworkVariant } from '../variant.ts';
import { lockPath, type PythonEnvironment } from './environment.ts';

export interface PythonVariant extends FrameworkVariant {
  readonly environment: PythonEnvironment;
}

/** What every environment is good for. */
const ownGain = 'It needs no Python packages of the system and changes none.';

export function pythonVariant({
  gain = ownGain,
  ...described
}: Omit<PythonEnvironment, 'gain'> & Partial<Pick<PythonEnvironment, 'gain'>>): PythonVariant {
  const environment = { ...described, gain };
  const { name, title, costs } = environment;
  return {
    ...{ name, title, gain, costs, environment },
    recipe: async () => (await import('./recipe.ts')).environmentRecipe(environment, lockPath(environment)),
  };
}

export function isPythonVariant(variant: FrameworkVariant): variant is PythonVariant {
  return 'environment' in variant;
}
