/** A workload says what it writes, what must hold of it, and what becomes of it in the tables. */
import type { TreeFacts } from '../facts/tree-facts.ts';
import type { Rule } from '../rule.ts';
import { partsOf, workloadsOf } from '../workloads.ts';

export const workloadParts: Rule = {
  id: 'workload-parts',
  asks: 'A workload has records, invariants, and tables or figures, and is in the three lists of workloads.',
  *inTree(tree) {
    for (const { folder, file, declared } of workloadsOf(tree)) {
      const parts = partsOf(tree, folder);
      const line = declared?.line ?? 1;
      for (const part of ['records.ts', 'invariants.ts']) {
        if (!parts.includes(part)) yield { file, line, message: `${part} is missing beside it` };
      }
      if (!parts.some((part) => /(^|-)(tables|figures)\.ts$/.test(part))) {
        yield { file, line, message: 'neither tables.ts nor figures.ts lies beside it' };
      }
      if (declared === undefined) yield { file, line, message: 'it declares no EngineWorkload or EnginesWorkload' };
      for (const [list, part] of lists) {
        const listed = `scripts/workloads/${folder}/${part}`;
        if (parts.includes(part) && !imports(tree, list, listed))
          yield { file, line, message: `${list} does not list its ${part}` };
      }
    }
  },
};

const lists = [
  ['scripts/workloads/registry.ts', 'workload.ts'],
  ['scripts/workloads/records.ts', 'records.ts'],
  ['scripts/workloads/invariants.ts', 'invariants.ts'],
] as const;

function imports({ modules }: TreeFacts, file: string, target: string): boolean {
  return modules.get(file)?.imports.some((each) => each.target === target) === true;
}
