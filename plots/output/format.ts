/** The kinds of files that can be asked for with --format. */

import { exitCodes, UserError } from '../../scripts/command-line/errors.ts';
import { commaList } from '../../scripts/command-line/options.ts';
import { withSuggestion } from '../../scripts/command-line/suggestion.ts';

export const formats = ['svg', 'png', 'md', 'html', 'pdf', 'json'] as const;
export type Format = (typeof formats)[number];

export function formatList(text: string): Format[] {
  return commaList(text).map((name) => {
    const format = formats.find((candidate) => candidate === name.toLowerCase());
    if (format === undefined)
      throw new UserError(withSuggestion(`there is no format "${name}"`, name, formats), {
        exitCode: exitCodes.usage,
        remedy: `Formats: ${formats.join(', ')}.`,
      });
    return format;
  });
}
