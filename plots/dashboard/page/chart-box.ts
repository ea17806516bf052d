/** Draws the chart of a view, says what its marks are, hands clicks on, and saves it as a picture. */
import embed, { type Result } from 'vega-embed';
import { expressionInterpreter } from 'vega-interpreter';
import { download } from './download.ts';
import { button, element } from './element.ts';
import { chartConfig, repainted } from './theme.ts';
import type { Action, ChartContent } from './view.ts';

export interface ChartBox {
  readonly root: HTMLElement;
  /** Resolves when the chart can be seen. @param content null for no chart */
  readonly update: (content: ChartContent | null, dark: boolean) => Promise<void>;
}

export function chartBox(onAction: (action: Action) => void): ChartBox {
  const canvas = element('div', { class: 'canvas' });
  const tooltip = element('div', { class: 'tooltip', role: 'tooltip', hidden: true });
  let drawn: { result: Result; name: string } | undefined;
  let wanted = 0;
  const save = async (format: 'svg' | 'png') => {
    if (drawn === undefined) return;
    const { result, name } = drawn;
    if (format === 'svg') {
      download(`${name}.svg`, new Blob([await result.view.toSVG()], { type: 'image/svg+xml' }));
      return;
    }
    const picture = await result.view.toCanvas(2);
    picture.toBlob((blob) => blob !== null && download(`${name}.png`, blob), 'image/png');
  };
  const saving = element(
    'div',
    { class: 'saving' },
    button('Save as SVG', () => void save('svg'), { 'data-save': 'svg' }),
    button('Save as PNG', () => void save('png'), { 'data-save': 'png' }),
  );
  const root = element('figure', { class: 'chart' }, canvas, tooltip, saving);
  const update = async (content: ChartContent | null, dark: boolean) => {
    const turn = ++wanted;
    root.hidden = content === null;
    tooltip.hidden = true;
    if (content === null) return;
    const holder = element('div', { role: 'img', 'aria-label': content.label });
    const spec = content.spec(canvas.clientWidth);
    // Charts of the page come from no address, and none of their data do.
    const result = await embed(holder, dark ? repainted(spec) : spec, {
      mode: 'vega-lite',
      renderer: 'svg',
      actions: false,
      defaultStyle: false,
      ast: true,
      expr: expressionInterpreter,
      config: chartConfig(dark),
      tooltip: (_, event, __, value) => showTooltip(tooltip, root, event, value),
      logLevel: 0,
    });
    if (turn !== wanted) {
      result.finalize();
      return;
    }
    drawn?.result.finalize();
    drawn = { result, name: content.name };
    result.view.addEventListener('click', (_, item) => {
      const datum: unknown = item?.datum;
      const action = content.actions[markOf(datum) ?? -1];
      if (action !== undefined) onAction(action);
    });
    // The holder says what it is; its parts are in the table.
    holder.querySelector('svg')?.removeAttribute('role');
    holder.querySelector('svg')?.setAttribute('aria-hidden', 'true');
    canvas.replaceChildren(holder);
  };
  return { root, update };
}

function markOf(datum: unknown): number | null {
  if (typeof datum !== 'object' || datum === null || !('mark' in datum)) return null;
  return typeof datum.mark === 'number' ? datum.mark : null;
}

/** Beside the pointer, within the chart. */
function showTooltip(tooltip: HTMLElement, root: HTMLElement, event: MouseEvent, value: unknown): void {
  const text = typeof value === 'string' ? value : '';
  tooltip.hidden = text === '';
  if (text === '') return;
  tooltip.textContent = text;
  const box = root.getBoundingClientRect();
  const left = Math.min(event.clientX - box.left + 14, box.width - tooltip.offsetWidth - 4);
  tooltip.style.left = `${Math.max(0, left)}px`;
  tooltip.style.top = `${event.clientY - box.top + 16}px`;
}
