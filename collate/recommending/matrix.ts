/** The best of what was measured for every architecture and size, over all hosts: which hardware runs it best, and how. */

import { groupBy } from '../analysis/group-by.ts';
import type { Candidate } from './candidate.ts';
import { goals } from './figures.ts';
import { byFigure, type Recommendation } from './recommendation.ts';

export interface MatrixRow {
  algorithm: string;
  size: string;
  model: string;
  /** The best of each host, best host first. */
  hosts: Array<{ hostname: string; best: Candidate }>;
}

export interface KnownModel {
  model: string;
  algorithm: string;
  size: string;
  parameters: number;
}

/** @param recommendations one for each host and model */
export function matrixOf(recommendations: readonly Recommendation[], models: readonly KnownModel[]): MatrixRow[] {
  return groupBy(recommendations, ({ model }) => [model])
    .flatMap((ofModel) => {
      const [{ model, goal }] = ofModel;
      const known = models.find((each) => each.model === model);
      const hosts = ofModel.flatMap(({ hostname, best }) => (best === null ? [] : { hostname, best }));
      if (known === undefined || hosts.length === 0) return [];
      return { ...known, hosts: hosts.sort((a, b) => byFigure(goals[goal], a.best, b.best)) };
    })
    .sort((a, b) => a.algorithm.localeCompare(b.algorithm) || a.parameters - b.parameters)
    .map(({ algorithm, size, model, hosts }) => ({ algorithm, size, model, hosts }));
}
