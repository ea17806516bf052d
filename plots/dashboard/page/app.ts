/** The page: one state, drawn by parts that stay where they are, so that the focus does too. */

import { unpackGroups } from '../packing/groups.ts';
import { countBits, hasBit, placesOf } from './bits.ts';
import { type ChartBox, chartBox } from './chart-box.ts';
import { dataTable } from './data-table.ts';
import { download, runsAsCsv, runsAsJson } from './download.ts';
import { button, element, type Select, select } from './element.ts';
import { type Filter, facetIndex, shownRuns } from './facets.ts';
import { filterBar } from './filter-bar.ts';
import { choiceBar, questionList, viewList } from './navigation.ts';
import type { PageData } from './page-data.ts';
import { applied } from './presets.ts';
import { runsTable } from './runs-table.ts';
import { hashOf, type State, stateOf, type Theme, themes } from './state.ts';
import { isDark, onSystemChange } from './theme.ts';
import type { Action, Shown } from './view.ts';
import { viewsOf } from './views.ts';

/** @param root is filled. Resolves when the first view can be seen */
export async function startApp(root: HTMLElement, data: PageData): Promise<void> {
  const views = viewsOf(data.payload);
  const index = facetIndex(data.runs);
  let state = stateOf(location.hash);
  let shown: Shown;
  const go = (next: Partial<State>) => {
    state = { ...state, ...next };
    history.replaceState(null, '', hashOf(state));
    return render();
  };
  const act = (action: Action) => go(after(action, state));
  const filters = filterBar(index, (filter) => void go({ filter }));
  const nav = viewList(views, (view) => void go({ view }));
  const heading = element('h2', { class: 'sentence', tabindex: -1, 'aria-live': 'polite' });
  const choices = choiceBar((name, value) => void go({ choices: { ...state.choices, [name]: value } }));
  const chart: ChartBox = chartBox((action) => void act(action));
  const notes = element('div', { class: 'notes' });
  const numbers = dataTable('The numbers of this chart', (action) => void act(action));
  const second = dataTable('Over all hosts and models', (action) => void act(action));
  const commands = element('div', { class: 'commands' });
  const list = runsTable({
    onSort: (column) =>
      void go({ sort: { column, descending: state.sort.column === column ? !state.sort.descending : true } }),
    onRun: (uuid) => void go({ run: uuid, view: 'run' }).then(() => heading.focus()),
    onCompare: (uuid) => void go(beside(uuid, state)),
  });
  const theme = select('Colours', (value) => void go({ theme: themes.find((each) => each === value) ?? 'system' }));
  root.replaceChildren(
    element('a', { href: '#runs', class: 'skip' }, 'Skip to the runs'),
    pageHeader(data, theme),
    filters.root,
    questionList(views, (preset) => void go(applied(state, preset))),
    nav.root,
    element('main', { id: 'view' }, heading, choices.root, chart.root, notes, numbers.root, second.root, commands),
    runsSection(list.root, () => shown.runs),
  );
  root.querySelector('.skip')?.addEventListener('click', (event) => {
    event.preventDefault();
    list.root.focus();
  });
  let last: { filter: Filter; shown: Omit<Shown, 'state'> } | undefined;
  const filtered = (filter: Filter) => {
    if (last?.filter !== filter) last = { filter, shown: leftBy(filter, data, index) };
    return last.shown;
  };
  const render = async () => {
    shown = { ...filtered(state.filter), state };
    const view = views.find(({ name }) => name === state.view) ?? views[0];
    if (view === undefined) return;
    const dark = isDark(state.theme);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    const content = view.draw(shown);
    filters.update(state.filter, shown.runs.length);
    nav.update(view.name);
    theme.update(
      themes.map((value) => ({ value, label: themeWords[value] })),
      state.theme,
    );
    heading.textContent = content.sentence;
    choices.update(content.choices);
    notes.replaceChildren(...content.notes.map((words) => element('p', {}, words)));
    numbers.update(content.table, content.rowActions);
    second.update(content.second ?? null, []);
    commands.replaceChildren(
      ...(content.commands ?? []).map(({ words, line }) => element('p', {}, `${words}:`, element('code', {}, line))),
    );
    list.update(shown.runs, state);
    await chart.update(content.chart, dark);
    document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn ?? 0) + 1);
  };
  addEventListener('hashchange', () => {
    state = stateOf(location.hash);
    void render();
  });
  onSystemChange(() => void render());
  onResize(root, () => void render());
  await render();
}

function leftBy(filter: Filter, data: PageData, index: ReturnType<typeof facetIndex>): Omit<Shown, 'state'> {
  const bits = shownRuns(index, filter);
  const isShown = (place: number) => hasBit(bits, place);
  const runs =
    countBits(bits) === data.runs.length ? data.runs : placesOf(bits).flatMap((place) => data.runs[place] ?? []);
  return { data, runs, isShown, groups: unpackGroups(data.payload.groups, data.runs, isShown) };
}

/** A framework that is the only one already is shown with all others again. */
function after(action: Action, { filter, view, ...rest }: State): Partial<State> {
  if (action.kind === 'run') return { run: action.uuid, view: 'run' };
  const { facet, value } = action;
  const only = filter.values[facet];
  const values = only.length === 1 && only[0] === value ? [] : [value];
  return { ...rest, view, filter: { ...filter, values: { ...filter.values, [facet]: values } } };
}

/** The run that was chosen first stays A. */
function beside(uuid: string, { run }: State): Partial<State> {
  return run === '' || run === uuid ? { run: uuid } : { other: uuid, view: 'pair' };
}

const themeWords: Readonly<Record<Theme, string>> = { system: 'as the system', light: 'light', dark: 'dark' };

function pageHeader({ payload, runs }: PageData, theme: Select): HTMLElement {
  const when = payload.latest === '' ? '' : `, the latest of ${payload.latest.slice(0, 16).replace('T', ' ')} UTC`;
  return element(
    'header',
    {},
    element('h1', {}, 'Tokenlap'),
    element(
      'p',
      { class: 'about' },
      `${runs.length} runs${when}${payload.watched ? '; new ones appear as they end' : ''}`,
    ),
    theme.label,
  );
}

function runsSection(list: HTMLElement, runs: () => Shown['runs']): HTMLElement {
  return element(
    'section',
    { id: 'runs', 'aria-label': 'Runs' },
    element('h2', {}, 'Runs'),
    element(
      'div',
      { class: 'saving' },
      button('Save these runs as CSV', () => download('runs.csv', runsAsCsv(runs())), { 'data-save': 'csv' }),
      button('Save these runs as JSON', () => download('runs.json', runsAsJson(runs())), { 'data-save': 'json' }),
    ),
    list,
  );
}

/** When the page gets wider or narrower; its height changes with what is shown. */
function onResize(root: HTMLElement, listener: () => void): void {
  let width = root.clientWidth;
  let timer = 0;
  new ResizeObserver(() => {
    if (root.clientWidth === width) return;
    width = root.clientWidth;
    clearTimeout(timer);
    timer = window.setTimeout(listener, 120);
  }).observe(root);
}
