/** By what runs are filtered, and which runs have which value. */

import { frameworkTitle } from '../../../collate/analysis/framework-title.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { addBit, allBits, type Bits, countBits, intersection, noBits, union } from './bits.ts';

export const facetNames = ['host', 'framework', 'model', 'quantisation', 'device', 'workload'] as const;
export type FacetName = (typeof facetNames)[number];

/** Values that are shown; all where a facet has none. Days are ISO 8601; empty ones leave that side open. */
export interface Filter {
  readonly values: Readonly<Record<FacetName, readonly string[]>>;
  readonly from: string;
  readonly to: string;
}

export const noFilter: Filter = {
  values: { host: [], framework: [], model: [], quantisation: [], device: [], workload: [] },
  from: '',
  to: '',
};

export const facetTitles: Readonly<Record<FacetName, string>> = {
  host: 'Host',
  framework: 'Framework',
  model: 'Model',
  quantisation: 'Quantisation',
  device: 'Device',
  workload: 'Workload',
};

const unknown = 'unknown';

const columnOf: Readonly<Record<FacetName, (run: RunRow) => string | null>> = {
  host: ({ hostname }) => hostname,
  framework: ({ framework }) => framework,
  model: ({ model }) => model,
  quantisation: ({ quantize }) => quantize,
  device: ({ device }) => device,
  workload: ({ workload }) => workload,
};

interface FacetValue {
  readonly value: string;
  readonly label: string;
  readonly runs: Bits;
}

export interface FacetIndex {
  readonly size: number;
  readonly values: Readonly<Record<FacetName, readonly FacetValue[]>>;
  readonly days: readonly string[];
}

export function facetIndex(runs: readonly RunRow[]): FacetIndex {
  const valuesOf = (name: FacetName) => {
    const found = new Map<string, { label: string; runs: Bits }>();
    for (const [place, run] of runs.entries()) {
      const value = columnOf[name](run) ?? unknown;
      const known = found.get(value) ?? {
        label: name === 'framework' ? frameworkTitle(run) : value,
        runs: noBits(runs.length),
      };
      addBit(known.runs, place);
      found.set(value, known);
    }
    return [...found]
      .map(([value, known]) => ({ value, ...known }))
      .sort((a, b) => a.label.localeCompare(b.label, 'en', { numeric: true }));
  };
  return {
    size: runs.length,
    values: {
      host: valuesOf('host'),
      framework: valuesOf('framework'),
      model: valuesOf('model'),
      quantisation: valuesOf('quantisation'),
      device: valuesOf('device'),
      workload: valuesOf('workload'),
    },
    days: runs.map(({ started_at: at }) => (at ?? '').slice(0, 10)),
  };
}

/** @param except a facet whose own choice is left out: its values are counted among what the others show */
export function shownRuns(index: FacetIndex, filter: Filter, except?: FacetName): Bits {
  let shown = daysShown(index, filter);
  for (const name of facetNames) {
    const chosen = filter.values[name];
    if (chosen.length === 0 || name === except) continue;
    const bits = index.values[name].filter(({ value }) => chosen.includes(value)).map(({ runs }) => runs);
    shown = intersection(shown, union(bits, index.size));
  }
  return shown;
}

function daysShown({ size, days }: FacetIndex, { from, to }: Filter): Bits {
  if (from === '' && to === '') return allBits(size);
  const shown = noBits(size);
  for (const [place, day] of days.entries())
    if ((from === '' || day >= from) && (to === '' || day <= to)) addBit(shown, place);
  return shown;
}

/** How many runs each value of a facet would show, beside what the other facets show. */
export function countsOf(index: FacetIndex, filter: Filter, name: FacetName): number[] {
  const others = shownRuns(index, filter, name);
  return index.values[name].map(({ runs }) => countBits(intersection(others, runs)));
}
