/** What each workload has: its records, the tables of its figures, and what its contract declares. */
import type { TreeFacts } from '../facts/tree-facts.ts';
import { partsOf, workloadsOf } from '../workloads.ts';

export interface WorkloadRow {
  /** As `--workload` has it; the name of the folder where it is not written down. */
  name: string;
  folder: string;
  /** Types of its records in the log. */
  records: readonly string[];
  /** Columns of the tables that it declares. */
  columns: readonly string[];
  /** Files of tables, figures and rules beside it. */
  parts: readonly string[];
  /** Members of its contract. */
  declares: readonly string[];
  files: number;
  lines: number;
}

export function workloadRows(tree: TreeFacts): WorkloadRow[] {
  return workloadsOf(tree).map(({ folder, declared }) => {
    const parts = partsOf(tree, folder);
    const modules = parts.flatMap((part) => tree.modules.get(`scripts/workloads/${folder}/${part}`) ?? []);
    return {
      name: declared?.properties.get('name')?.texts[0] ?? folder,
      folder,
      records: tree.modules.get(`scripts/workloads/${folder}/records.ts`)?.recordTypes ?? [],
      columns: modules.flatMap(({ columns }) => columns),
      parts: parts
        .filter((part) => /(^|-)(tables|figures|invariants)\.ts$/.test(part))
        .map((part) => part.slice(0, -3)),
      declares: [...(declared?.properties.keys() ?? [])].filter((member) => member !== 'name' && member !== 'title'),
      files: modules.length,
      lines: modules.reduce((sum, { lines }) => sum + lines, 0),
    };
  });
}
