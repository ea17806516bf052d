/** The variant that a person names, of those that a framework has. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import type { Framework } from '../framework.ts';
import { frameworkNamed, frameworks } from '../registry.ts';
import type { FrameworkVariant } from '../variant.ts';

export interface ChosenVariant {
  framework: Framework;
  variant: FrameworkVariant;
}

/** @param variantName may be left away where there is one only. @throws UserError naming what there is */
export function chosenVariant(name: string, variantName: string | undefined): ChosenVariant {
  const framework = frameworkNamed(name);
  const { variants = [] } = framework;
  const names = variants.map((variant) => variant.name);
  const found =
    variantName === undefined && variants.length === 1
      ? variants[0]
      : variants.find((each) => each.name === variantName);
  if (found !== undefined) return { framework, variant: found };
  if (variants.length === 0) {
    throw new UserError(`${name} has no variants to install`, {
      exitCode: exitCodes.usage,
      remedy: `Those that have: ${everyVariant()
        .map((each) => each.framework.name)
        .join(', ')}.`,
    });
  }
  throw new UserError(
    variantName === undefined ? `${name} has several variants` : `${name} has no variant "${variantName}"`,
    {
      exitCode: exitCodes.usage,
      remedy: `Say which with --variant: ${names.join(', ')}.`,
    },
  );
}

export function everyVariant(): ChosenVariant[] {
  return frameworks.flatMap((framework) => (framework.variants ?? []).map((variant) => ({ framework, variant })));
}
