/** What a view gives: a sentence, a chart and a table with the chart's numbers. The page draws all of them in the same way. */
import type { TopLevelSpec } from 'vega-lite';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import type { Group } from '../../data/groups.ts';
import type { Table } from '../../report/document.ts';
import type { FacetName } from './facets.ts';
import type { PageData } from './page-data.ts';
import type { State } from './state.ts';

/** What the filter leaves. */
export interface Shown {
  readonly data: PageData;
  readonly state: State;
  readonly runs: readonly RunRow[];
  readonly isShown: (run: number) => boolean;
  readonly groups: readonly Group[];
}

export interface View {
  readonly name: string;
  /** In the list of views. */
  readonly title: string;
  readonly question: string;
  readonly draw: (shown: Shown) => Content;
}

export interface Choice {
  readonly name: string;
  readonly title: string;
  readonly options: ReadonlyArray<{ readonly value: string; readonly label: string }>;
  readonly chosen: string;
}

/** What a click on a mark does, or on the name in the table behind it. */
export type Action =
  | { readonly kind: 'filter'; readonly facet: FacetName; readonly value: string }
  | { readonly kind: 'run'; readonly uuid: string };

export interface Content {
  readonly sentence: string;
  readonly choices: readonly Choice[];
  /** Small print. */
  readonly notes: readonly string[];
  /** Null where there is nothing to draw; the sentence says why. */
  readonly chart: ChartContent | null;
  readonly table: Table | null;
  /** One a row of the table, for its first cell. */
  readonly rowActions: ReadonlyArray<Action | null>;
  /** What does not stand in the chart. */
  readonly second?: Table | null;
  /** Lines for a terminal, and what each does. */
  readonly commands?: ReadonlyArray<{ readonly words: string; readonly line: string }>;
}

export interface ChartContent {
  /** For files. */
  readonly name: string;
  /** What a screen reader says of it. */
  readonly label: string;
  /** @param width pixels that it may take, axes included. In colours of the light theme */
  readonly spec: (width: number) => TopLevelSpec;
  /** What a datum with this place in its field `mark` does. */
  readonly actions: readonly Action[];
}

/** @param sentence says what is missing, and which command measures it */
export function nothing(sentence: string, choices: readonly Choice[] = []): Content {
  return { sentence, choices, notes: [], chart: null, table: null, rowActions: [] };
}

/** The one that was chosen before, if it can still be; else the first. */
export function choice(
  { state }: Pick<Shown, 'state'>,
  name: string,
  title: string,
  options: ReadonlyArray<{ value: string; label: string }>,
): Choice {
  const wanted = state.choices[name];
  const chosen = options.find(({ value }) => value === wanted)?.value ?? options[0]?.value ?? '';
  return { name, title, options, chosen };
}
