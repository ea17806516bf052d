/** What to use, for every host, as it was worked out when the page was made. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { Table } from '../report/document.ts';

export interface RecommendationView {
  readonly hosts: ReadonlyArray<{
    readonly hostname: string;
    readonly sentence: string;
    readonly table: Table;
  }>;
}

/** @param rows of runs.csv. @returns null where nothing is recommended; the page then has no such view */
export function recommendationView(_rows: readonly RunRow[]): RecommendationView | null {
  return null;
}
