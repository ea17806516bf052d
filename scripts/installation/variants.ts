/** The variants of the registry's frameworks, and the ones that a person means. */
import { usageError } from '../command-line/errors.ts';
import type { Framework } from '../frameworks/framework.ts';
import { isPythonVariant } from '../frameworks/python-environment/variant.ts';
import { frameworkNamed, frameworks } from '../frameworks/registry.ts';
import type { FrameworkVariant } from '../frameworks/variant.ts';

/** A variant of a framework as a person names it. */
export interface ChosenVariant {
  framework: Framework;
  variant: FrameworkVariant;
}

/** @param variantName absent: the first one. @throws UserError that names the variants */
export function chosenVariant(name: string, variantName: string | undefined): ChosenVariant {
  const framework = frameworkNamed(name);
  const { variants = [] } = framework;
  const names = variants.map((variant) => variant.name);
  const found = variantName === undefined ? variants[0] : variants.find((each) => each.name === variantName);
  if (found !== undefined) return { framework, variant: found };
  if (variants.length === 0) {
    const having = new Set(everyVariant().map((each) => each.framework.name));
    throw usageError(
      `${name} has no variants to install`,
      `These frameworks have variants: ${[...having].join(', ')}.`,
    );
  }
  throw usageError(`${name} has no variant "${variantName}"`, `Its variants: ${names.join(', ')}.`);
}

export function everyVariant(): ChosenVariant[] {
  return frameworks.flatMap((framework) => (framework.variants ?? []).map((variant) => ({ framework, variant })));
}

/**
 * The Python environment of each framework that lives in Python, its first where it has several: what can be installed
 * without a compiler. A native build takes one, and minutes, so it is installed only by its name.
 */
export function everyEnvironment(): ChosenVariant[] {
  return frameworks.flatMap((framework) => {
    const variant = framework.host === 'python' ? framework.variants?.find(isPythonVariant) : undefined;
    return variant === undefined ? [] : [{ framework, variant }];
  });
}
