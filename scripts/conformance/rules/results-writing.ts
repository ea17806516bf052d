/** Reading results changes none: who writes in collate/ and plots/ is known. */
import { importsOf } from '../facts/imports.ts';
import type { Rule } from '../rule.ts';
import { chainOf, stringOf } from '../syntax/names.ts';

const fileSystem = /^(node:)?fs(\/promises)?$/;
const writing =
  /^(writeFile|appendFile|rm|rmdir|unlink|rename|copyFile|cp|truncate|ftruncate|symlink|link|chmod|mkdir|mkdtemp|utimes|createWriteStream|write|writeSync)(Sync)?$/;

export const resultsWriting: Rule = {
  id: 'results-writing',
  asks: 'In collate/ and plots/ files are written, moved and removed only by the rooms that the exceptions name.',
  *inModule(module) {
    if (!/^(collate|plots)\//.test(module.file)) return;
    const names = new Map(
      importsOf(module).flatMap((each) =>
        fileSystem.test(each.specifier) ? each.names.map(({ local, imported }) => [local, imported] as const) : [],
      ),
    );
    for (const node of module.nodes) {
      if (node.type !== 'CallExpression') continue;
      const chain = chainOf(node.callee) ?? [];
      const [first = ''] = chain;
      const imported = names.get(first);
      const called = imported === '*' ? (chain.at(-1) ?? '') : imported;
      if (called === undefined) continue;
      const opens = /^open(Sync)?$/.test(called) && /[wa+]/.test(stringOf(node.arguments[1]) ?? '');
      if (opens || writing.test(called)) yield { line: module.lineOf(node), message: `${called} changes files` };
    }
  },
};
