/** Between two timed tokens there is the next token, and nothing else. */

import { type HotWork, stampsOf, workIn } from '../hot-path/regions.ts';
import { resolver } from '../hot-path/resolve.ts';
import type { Rule } from '../rule.ts';
import { isPython } from '../source-tree.ts';

const hotRooms = /^scripts\/(frameworks|engine)\//;

export const betweenTokens: Rule = {
  id: 'between-tokens',
  asks: 'No I/O, printing, JSON, formatting, allocation, pause or foreign wait between two timed tokens.',
  *inTree(tree) {
    const resolve = resolver(tree);
    const regions = [...tree.modules.keys()]
      .filter((file) => hotRooms.test(file))
      .flatMap((file) => stampsOf(tree, resolve, file).regions);
    const told = new Set<string>();
    for (const hot of workIn(tree, resolve, regions)) {
      const { file, work } = hot;
      const key = `${file} ${work.line} ${work.what}`;
      if (isAllowed(hot) || told.has(key)) continue;
      told.add(key);
      yield { file, line: work.line, message: `${work.what} (${work.kind}) between two tokens${way(hot)}` };
    }
  },
};

/** What Python's tensors are made of is allocated in every step, whatever one does. */
function isAllowed({ file, work, path }: HotWork): boolean {
  return isPython(file) && path.length > 0 && work.kind === 'allocation';
}

function way({ path }: HotWork): string {
  const named = path.map((name) => (name === '' ? 'a closure' : name));
  return named.length === 0 ? '' : `, reached by ${named.join(' > ')}`;
}
