/** Imports run one way, and never in a circle. */
import { importCircles } from '../facts/import-circles.ts';
import type { TreeFacts } from '../facts/tree-facts.ts';
import { mayImport, roomOf } from '../layers.ts';
import type { Rule } from '../rule.ts';
import { isPython } from '../source-tree.ts';

export const layers: Rule = {
  id: 'layers',
  asks: 'A module imports from its own room and from rooms of lower layers only, and never in a circle.',
  *inTree(tree) {
    for (const { file, imports } of tree.modules.values()) {
      // The engines of Python are one tree with their host.
      if (isPython(file)) continue;
      for (const { target, line } of imports) {
        if (target === null || !isUpwards(file, target)) continue;
        yield { file, line, message: `${roomOf(file)} may not import ${roomOf(target)} (${target})` };
      }
    }
    yield* circles(tree);
  },
};

/** package.json, and what else is no room, may be imported by all. */
function isUpwards(file: string, target: string | null): boolean {
  return target !== null && /^(scripts|collate|plots)\/.*\.ts$/.test(target) && !mayImport(file, target);
}

/** An import from above closes many circles, and is told by itself. */
function* circles(tree: TreeFacts) {
  const circleOf = importCircles(tree);
  const closedFromAbove = new Set<string | undefined>();
  for (const { file, imports } of tree.modules.values()) {
    if (imports.some(({ target }) => isUpwards(file, target))) closedFromAbove.add(circleOf.get(file));
  }
  for (const { file, imports } of tree.modules.values()) {
    if (isPython(file)) continue;
    for (const { target, line } of imports) {
      if (target === null || !tree.modules.has(target)) continue;
      const isBack = target === file || circleOf.get(target) === circleOf.get(file);
      if (isBack && !closedFromAbove.has(circleOf.get(file)))
        yield { file, line, message: `${target} leads back to this file` };
    }
  }
}
