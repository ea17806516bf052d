/** Where a reader stands: all of it is in the address behind `#`, so that it can be kept and sent. */
import { type FacetName, type Filter, facetNames, noFilter } from './facets.ts';

export interface State {
  readonly view: string;
  readonly filter: Filter;
  /** What a view is about, where it can be about several things, by the name of the choice. */
  readonly choices: Readonly<Record<string, string>>;
  /** Runs by uuid: the one whose tokens are shown, and the one beside it. */
  readonly run: string;
  readonly other: string;
  readonly sort: { readonly column: string; readonly descending: boolean };
  readonly theme: Theme;
}

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export const firstState: State = {
  view: 'comparison',
  filter: noFilter,
  choices: {},
  run: '',
  other: '',
  sort: { column: 'started_at', descending: true },
  theme: 'system',
};

/** What later pages add is ignored by earlier ones, and a change of meaning changes the number. */
const version = '1';
const choicePrefix = 'choose-';

/** Only what differs from the first state. */
export function hashOf(state: State): string {
  const { view, filter, choices, run, other, sort, theme } = state;
  const words = new URLSearchParams({ v: version });
  if (view !== firstState.view) words.set('view', view);
  for (const name of facetNames) for (const value of filter.values[name]) words.append(name, value);
  for (const [name, value] of Object.entries({ from: filter.from, to: filter.to, run, other }))
    if (value !== '') words.set(name, value);
  for (const [name, value] of Object.entries(choices)) words.set(choicePrefix + name, value);
  if (sort.column !== firstState.sort.column || sort.descending !== firstState.sort.descending)
    words.set('sort', `${sort.descending ? '-' : ''}${sort.column}`);
  if (theme !== firstState.theme) words.set('theme', theme);
  return `#${words}`;
}

export function stateOf(hash: string): State {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  if (words.get('v') !== version) return firstState;
  const sort = words.get('sort');
  const values = (name: FacetName) => words.getAll(name);
  return {
    view: words.get('view') ?? firstState.view,
    filter: {
      values: {
        host: values('host'),
        framework: values('framework'),
        model: values('model'),
        quantisation: values('quantisation'),
        device: values('device'),
        workload: values('workload'),
      },
      from: dayOf(words.get('from')),
      to: dayOf(words.get('to')),
    },
    choices: Object.fromEntries(
      [...words].flatMap(([name, value]) =>
        name.startsWith(choicePrefix) ? [[name.slice(choicePrefix.length), value]] : [],
      ),
    ),
    run: words.get('run') ?? '',
    other: words.get('other') ?? '',
    sort: sort === null ? firstState.sort : { column: sort.replace(/^-/, ''), descending: sort.startsWith('-') },
    theme: themes.find((theme) => theme === words.get('theme')) ?? firstState.theme,
  };
}

function dayOf(text: string | null): string {
  return text !== null && /^\d{4}-\d\d-\d\d$/.test(text) ? text : '';
}
