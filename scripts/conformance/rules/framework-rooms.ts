/** A framework is reached through the registry: whoever imports what lies behind it knows one framework, and runs its code in a process of its own. */
import type { TreeFacts } from '../facts/tree-facts.ts';
import { frameworkRegistry } from '../frameworks.ts';
import type { Rule } from '../rule.ts';

const inRoom = /^scripts\/frameworks\/([^/]+)\//;

export const frameworkRooms: Rule = {
  id: 'framework-rooms',
  asks: 'The folder of a framework is imported by the registry and by itself, and by nobody else.',
  *inTree(tree) {
    for (const { file, imports } of tree.modules.values()) {
      for (const { target, line } of imports) {
        const room = inRoom.exec(target ?? '')?.[1];
        if (target === null || room === undefined || !isFramework(tree, room)) continue;
        if (file === frameworkRegistry || inRoom.exec(file)?.[1] === room) continue;
        yield { file, line, message: `${target} is inside of a framework` };
      }
    }
  },
};

/** Folders without a framework.ts are shared by several. */
function isFramework({ modules }: TreeFacts, room: string): boolean {
  return modules.has(`scripts/frameworks/${room}/framework.ts`);
}
