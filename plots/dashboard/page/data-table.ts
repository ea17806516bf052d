/** The numbers of a chart as a table: what a screen reader reads, and where a keyboard does what a click on a mark does. */
import { columnHeading, type Table } from '../../report/document.ts';
import { button, element } from './element.ts';
import type { Action } from './view.ts';

export interface DataTable {
  readonly root: HTMLElement;
  readonly update: (table: Table | null, actions: ReadonlyArray<Action | null>) => void;
}

/** Of a table that shows points one by one; the export has all runs. */
const mostRows = 500;

export function dataTable(title: string, onAction: (action: Action) => void): DataTable {
  const summary = element('summary', {}, title);
  const scroller = element('div', {
    class: 'scroll',
    tabindex: 0,
    role: 'region',
    'aria-label': title,
  });
  const root = element('details', { class: 'numbers', open: true }, summary, scroller);
  return {
    root,
    update: (table, actions) => {
      root.hidden = table === null;
      if (table === null) return;
      const focused = focusedRow(scroller);
      scroller.replaceChildren(tableElement(table, actions, onAction));
      if (focused !== null) scroller.querySelector<HTMLElement>(`[data-row="${focused}"]`)?.focus();
    },
  };
}

/** The button that was pressed is replaced with the table, and the focus goes to the one in its place. */
function focusedRow(scroller: HTMLElement): string | null {
  const active = document.activeElement;
  return active instanceof HTMLElement && scroller.contains(active) ? (active.dataset.row ?? null) : null;
}

function tableElement(
  { caption, columns, rows }: Table,
  actions: ReadonlyArray<Action | null>,
  onAction: (action: Action) => void,
): HTMLTableElement {
  const more = rows.length > mostRows ? `, the first ${mostRows} of ${rows.length} rows` : '';
  const head = columns.map((column) => element('th', { scope: 'col', class: column.align }, columnHeading(column)));
  const body = rows.slice(0, mostRows).map((row, i) => {
    const cells = row.map(({ text }, place) => {
      const action = place === 0 ? (actions[i] ?? null) : null;
      const content =
        action === null
          ? text
          : button(text, () => onAction(action), { class: 'link', 'data-row': String(i), title: does(action) });
      const align = columns[place]?.align ?? 'left';
      return place === 0
        ? element('th', { scope: 'row', class: align }, content)
        : element('td', { class: align }, content);
    });
    return element('tr', {}, ...cells);
  });
  return element(
    'table',
    {},
    element('caption', {}, caption + more),
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...body),
  );
}

function does(action: Action): string {
  return action.kind === 'filter' ? 'Show only this framework, or all again' : 'Show its tokens';
}
