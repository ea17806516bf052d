/**
 * The list of runs: only the rows that are in sight are in the page, so that ten thousand cost as much as thirty. Arrow keys move
 * from row to row, Enter shows a run's tokens, C puts it beside another.
 */

import { frameworkTitle } from '../../../collate/analysis/framework-title.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { button, element } from './element.ts';
import { columnsFor, type RunColumn, runNameWidth, sortedRuns } from './run-columns.ts';
import type { State } from './state.ts';

interface Actions {
  readonly onSort: (column: string) => void;
  readonly onRun: (uuid: string) => void;
  readonly onCompare: (uuid: string) => void;
}

export interface RunsTable {
  readonly root: HTMLElement;
  readonly update: (runs: readonly RunRow[], state: State) => void;
}

const rowHeight = 30;
const rowsAround = 6;

export function runsTable(actions: Actions): RunsTable {
  const [head, body] = [element('thead'), element('tbody')];
  const table = element(
    'table',
    { class: 'runs' },
    element('caption', { class: 'hidden' }, 'Runs that are shown'),
    head,
    body,
  );
  const scroller = element(
    'div',
    {
      class: 'scroll list',
      tabindex: 0,
      role: 'region',
      'aria-label': 'Runs; arrow keys move, Enter shows the tokens, C compares',
    },
    table,
  );
  let columns: readonly RunColumn[] = [];
  let sorted: readonly RunRow[] = [];
  let state: State | undefined;
  /** The row that the keyboard is at. */
  let active = 0;
  const draw = () => {
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - rowsAround);
    const last = Math.min(
      sorted.length,
      Math.ceil((scroller.scrollTop + scroller.clientHeight) / rowHeight) + rowsAround,
    );
    const focused = document.activeElement;
    const action = focused instanceof HTMLElement && body.contains(focused) ? focused.dataset.action : undefined;
    const rows = sorted
      .slice(first, last)
      .map((run, i) => rowElement(run, first + i, columns, { actions, state, isActive: first + i === active }));
    body.replaceChildren(spacer(first), ...rows, spacer(sorted.length - last));
    if (action !== undefined)
      body.querySelector<HTMLElement>(`[data-active] [data-action="${action}"]`)?.focus({ preventScroll: true });
  };
  scroller.addEventListener('scroll', draw, { passive: true });
  scroller.addEventListener('keydown', (event) => {
    const moved = steps[event.key];
    if (moved !== undefined) {
      event.preventDefault();
      active = Math.min(sorted.length - 1, Math.max(0, moved(active, sorted.length)));
      const top = active * rowHeight;
      if (top < scroller.scrollTop) scroller.scrollTop = top;
      else if (top > scroller.scrollTop + scroller.clientHeight - 2.5 * rowHeight)
        scroller.scrollTop = top - scroller.clientHeight + 2.5 * rowHeight;
      draw();
      return;
    }
    const uuid = sorted[active]?.uuid;
    if (event.target !== scroller || uuid == null) return;
    if (event.key === 'Enter') actions.onRun(uuid);
    if (event.key.toLowerCase() === 'c' && !event.ctrlKey && !event.metaKey) actions.onCompare(uuid);
  });
  return {
    root: scroller,
    update: (runs, now) => {
      state = now;
      columns = columnsFor(runs);
      const by = columns.find(({ name }) => name === now.sort.column) ?? columns[0];
      sorted = by === undefined ? runs : sortedRuns(runs, by, now.sort.descending);
      active = Math.min(active, Math.max(0, sorted.length - 1));
      table.setAttribute('aria-rowcount', String(sorted.length + 1));
      table.style.width = `${columns.reduce((sum, { width }) => sum + width, runNameWidth)}px`;
      headRow(head, columns, now, actions);
      draw();
    },
  };
}

const page = 12;
const steps: Readonly<Record<string, (row: number, rows: number) => number>> = {
  ArrowDown: (row) => row + 1,
  ArrowUp: (row) => row - 1,
  PageDown: (row) => row + page,
  PageUp: (row) => row - page,
  Home: () => 0,
  End: (_, rows) => rows - 1,
};

function headRow(head: HTMLElement, columns: readonly RunColumn[], { sort }: State, { onSort }: Actions): void {
  const focused =
    document.activeElement instanceof HTMLElement && head.contains(document.activeElement)
      ? document.activeElement.dataset.column
      : undefined;
  const cells = columns.map(({ name, title, align, width }) => {
    const order = name !== sort.column ? 'none' : sort.descending ? 'descending' : 'ascending';
    const arrow = order === 'none' ? '' : order === 'descending' ? ' ↓' : ' ↑';
    const sorter = button(title + arrow, () => onSort(name), { class: 'link', 'data-column': name });
    return element('th', { scope: 'col', class: align, 'aria-sort': order, style: `width: ${width}px` }, sorter);
  });
  const first = element('th', { scope: 'col', style: `width: ${runNameWidth}px` }, 'Look at');
  head.replaceChildren(element('tr', { 'aria-rowindex': 1 }, first, ...cells));
  if (focused !== undefined) head.querySelector<HTMLElement>(`[data-column="${focused}"]`)?.focus();
}

function spacer(rows: number): HTMLElement {
  return element('tr', { 'aria-hidden': true, class: 'spacer', style: `height: ${rows * rowHeight}px` });
}

function rowElement(
  run: RunRow,
  place: number,
  columns: readonly RunColumn[],
  { actions, state, isActive }: { actions: Actions; state: State | undefined; isActive: boolean },
): HTMLElement {
  const uuid = run.uuid ?? '';
  const name = `${frameworkTitle(run)}, ${(run.started_at ?? '').slice(0, 16).replace('T', ' ')}`;
  // One row of buttons is on the way of the Tab key, the one where the arrow keys are.
  const tabindex = isActive ? '0' : '-1';
  const mark = uuid === state?.run ? 'A' : uuid === state?.other ? 'B' : '';
  const looks = element(
    'td',
    { class: 'look' },
    button('Tokens', () => actions.onRun(uuid), {
      class: 'link',
      tabindex,
      'data-action': 'run',
      'aria-label': `Tokens of ${name}`,
    }),
    button('Compare', () => actions.onCompare(uuid), {
      class: 'link',
      tabindex,
      'data-action': 'compare',
      'aria-label': `Compare ${name}`,
    }),
    element('span', { class: 'mark' }, mark),
  );
  const cells = columns.map(({ text, align }) => element('td', { class: align, title: text(run) }, text(run)));
  return element(
    'tr',
    { 'aria-rowindex': place + 2, 'data-active': isActive, class: mark === '' ? '' : 'chosen' },
    looks,
    ...cells,
  );
}
