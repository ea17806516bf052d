/** The workloads of a tree: the folders of scripts/workloads/ that have a workload.ts. */
import type { DeclaredObject } from './facts/objects.ts';
import type { TreeFacts } from './facts/tree-facts.ts';

export interface DeclaredWorkload {
  /** Name of its folder. */
  folder: string;
  file: string;
  /** Its contract; undefined where the module declares none. */
  declared: DeclaredObject | undefined;
}

export function workloadsOf({ modules }: TreeFacts): DeclaredWorkload[] {
  return [...modules.values()].flatMap(({ file, objects }) => {
    const folder = /^scripts\/workloads\/([^/]+)\/workload\.ts$/.exec(file)?.[1];
    if (folder === undefined) return [];
    const declared = objects.find(({ type }) => type === 'EngineWorkload' || type === 'EnginesWorkload');
    return [{ folder, file, declared }];
  });
}

/** Files beside its workload.ts: 'records.ts', 'run-figures.ts'. */
export function partsOf({ modules }: TreeFacts, folder: string): string[] {
  const prefix = `scripts/workloads/${folder}/`;
  return [...modules.keys()].flatMap((file) => (file.startsWith(prefix) ? [file.slice(prefix.length)] : []));
}
