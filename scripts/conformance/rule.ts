/** The contract of a rule: what breaks it in one module, or in the tree as a whole. */
import type { TreeFacts } from './facts/tree-facts.ts';
import type { Finding } from './finding.ts';
import type { PythonModule } from './python/python-module.ts';
import type { Module } from './syntax/module.ts';

/** A finding within a module that the rule was given. */
interface Found {
  line: number;
  message: string;
}

export interface Rule {
  readonly id: string;
  /** What it asks, in one sentence. */
  readonly asks: string;
  readonly inModule?: (module: Module) => Iterable<Found>;
  readonly inPython?: (module: PythonModule) => Iterable<Found>;
  /** What shows only when several modules are looked at together. */
  readonly inTree?: (tree: TreeFacts) => Iterable<Omit<Finding, 'rule'>>;
}
