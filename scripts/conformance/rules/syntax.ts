/** What cannot be read cannot be judged. */
import type { Rule } from '../rule.ts';

export const syntax: Rule = {
  id: 'syntax',
  asks: 'Every module can be parsed.',
  *inModule({ errors }) {
    for (const { line, message } of errors) yield { line, message: `it cannot be parsed: ${message}` };
  },
};
