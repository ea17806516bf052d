/** A framework is named in its own folder, the registry and its own scripts; whoever else names one has a list that is forgotten. */
import { frameworksOf } from '../frameworks.ts';
import type { Rule } from '../rule.ts';

export const frameworkNames: Rule = {
  id: 'framework-names',
  asks: 'The id of a framework occurs only in its folder, the registry and its own scripts.',
  *inTree(tree) {
    const ids = new Set(frameworksOf(tree).map(({ name }) => name));
    const told = new Set<string>();
    for (const { file, namedTexts } of tree.modules.values()) {
      for (const { text, line } of namedTexts) {
        const key = `${file} ${line} ${text}`;
        if (!ids.has(text) || isAtHome(file, text) || told.has(key)) continue;
        told.add(key);
        yield { file, line, message: `'${text}' is the id of a framework` };
      }
    }
  },
};

function isAtHome(file: string, id: string): boolean {
  return (
    file === `scripts/frameworks/${id}.ts` ||
    file.startsWith(`scripts/frameworks/${id}/`) ||
    file.startsWith(`scripts/${id}-`)
  );
}
