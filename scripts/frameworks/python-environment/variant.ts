/** A Python environment as a variant of its framework that can be installed. */
import type { FrameworkVariant } from '../variant.ts';
import { lockPath, type PythonEnvironment } from './environment.ts';

export interface PythonVariant extends FrameworkVariant {
  readonly environment: PythonEnvironment;
}

export function pythonVariant(environment: PythonEnvironment): PythonVariant {
  const { name, title, gain, costs } = environment;
  return {
    ...{ name, title, gain, costs, environment },
    recipe: async () => (await import('./recipe.ts')).environmentRecipe(environment, lockPath(environment)),
  };
}

export function isPythonVariant(variant: FrameworkVariant): variant is PythonVariant {
  return 'environment' in variant;
}
