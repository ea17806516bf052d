/** Chooses what is shown: boxes to tick for each facet, two days, and how many runs are left. */
import { button, element } from './element.ts';
import { countsOf, type FacetIndex, type FacetName, type Filter, facetNames, facetTitles, noFilter } from './facets.ts';

export interface FilterBar {
  readonly root: HTMLElement;
  readonly update: (filter: Filter, shown: number) => void;
}

export function filterBar(index: FacetIndex, onFilter: (filter: Filter) => void): FilterBar {
  let current = noFilter;
  const change = (filter: Filter) => onFilter(filter);
  const facets = facetNames.map((name) =>
    facetBox(index, name, (values) => change({ ...current, values: { ...current.values, [name]: values } })),
  );
  const [from, to] = (['from', 'to'] as const).map((side) => {
    const box = element('input', { type: 'date' });
    box.addEventListener('change', () => change({ ...current, [side]: box.value }));
    return box;
  });
  const clear = button('Show all', () => change(noFilter), { class: 'clear' });
  const count = element('p', { class: 'count', 'aria-live': 'polite', role: 'status' });
  const dates = [from, to].flatMap((box, i) =>
    box === undefined ? [] : [element('label', { class: 'choice' }, i === 0 ? 'From' : 'To', box)],
  );
  const root = element(
    'section',
    { class: 'filters', 'aria-label': 'Filter' },
    ...facets.map((facet) => facet.root),
    ...dates,
    clear,
    count,
  );
  closeOutside(root);
  return {
    root,
    update: (filter, shown) => {
      current = filter;
      for (const [i, facet] of facets.entries()) {
        const name = facetNames[i];
        if (name !== undefined) facet.update(filter.values[name], countsOf(index, filter, name));
      }
      if (from !== undefined) from.value = filter.from;
      if (to !== undefined) to.value = filter.to;
      count.textContent =
        shown === index.size ? `All ${index.size} runs are shown.` : `${shown} of ${index.size} runs are shown.`;
      clear.disabled = shown === index.size;
    },
  };
}

/** A facet with a single value has nothing to choose, and is not there. */
function facetBox(index: FacetIndex, name: FacetName, onChoice: (values: string[]) => void) {
  const values = index.values[name];
  const summary = element('summary', { 'data-facet': name });
  const rows = values.map(({ value, label }) => {
    const box = element('input', { type: 'checkbox', value });
    const count = element('span', { class: 'amount' });
    box.addEventListener('change', () => onChoice(rows.filter((row) => row.box.checked).map((row) => row.box.value)));
    return { box, count, row: element('label', {}, box, ` ${label} `, count) };
  });
  const list = element(
    'fieldset',
    {},
    element('legend', { class: 'hidden' }, facetTitles[name]),
    ...rows.map(({ row }) => row),
  );
  const root = element('details', { class: 'facet', hidden: values.length < 2 }, summary, list);
  return {
    root,
    update: (chosen: readonly string[], counts: readonly number[]) => {
      const labels = values.filter(({ value }) => chosen.includes(value)).map(({ label }) => label);
      summary.textContent = `${facetTitles[name]}: ${labels.length === 0 ? 'all' : labels.length <= 2 ? labels.join(', ') : `${labels.length} of ${values.length}`}`;
      for (const [i, { box, count }] of rows.entries()) {
        box.checked = chosen.includes(box.value);
        count.textContent = String(counts[i] ?? 0);
      }
    },
  };
}

/** An open list closes when something else is pressed, and with Escape, which gives the focus back. */
function closeOutside(root: HTMLElement): void {
  const opened = () => [...root.querySelectorAll<HTMLDetailsElement>('details[open]')];
  document.addEventListener('pointerdown', ({ target }) => {
    for (const facet of opened()) if (!(target instanceof Node) || !facet.contains(target)) facet.open = false;
  });
  root.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    for (const facet of opened()) {
      facet.open = false;
      facet.querySelector('summary')?.focus();
    }
  });
}
