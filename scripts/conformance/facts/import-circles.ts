/** Which modules import each other in a circle: strongly connected components (Tarjan 1972, doi:10.1137/0201010). */
import type { TreeFacts } from './tree-facts.ts';

/** @returns for every module one that stands for its circle; alone in it, the module itself */
export function importCircles({ modules }: TreeFacts): ReadonlyMap<string, string> {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circleOf = new Map<string, string>();

  function visit(file: string): number {
    const own = order.size;
    let low = own;
    order.set(file, own);
    open.push(file);
    for (const { target } of modules.get(file)?.imports ?? []) {
      if (target === null || !modules.has(target) || circleOf.has(target)) continue;
      low = Math.min(low, order.has(target) ? (lowest.get(target) ?? order.get(target) ?? low) : visit(target));
    }
    lowest.set(file, low);
    if (low === own) for (const each of open.splice(open.indexOf(file))) circleOf.set(each, file);
    return low;
  }

  for (const file of modules.keys()) if (!order.has(file)) visit(file);
  return circleOf;
}
