/** Where a reader can go: the questions, the views, and what a view can be about. */
import { button, element, type Select, select } from './element.ts';
import { presets } from './presets.ts';
import type { Choice, View } from './view.ts';

/** Those that a view can answer. @param onPreset what follows from a question */
export function questionList(
  views: readonly View[],
  onPreset: (preset: (typeof presets)[number]) => void,
): HTMLElement {
  const answered = presets.filter(({ state }) => views.some(({ name }) => name === state.view));
  const list = element(
    'ul',
    {},
    ...answered.map((preset) =>
      element(
        'li',
        {},
        button(preset.question, () => onPreset(preset), { class: 'link' }),
      ),
    ),
  );
  return element('section', { class: 'questions', 'aria-label': 'Questions' }, list);
}

export function viewList(views: readonly View[], onView: (name: string) => void) {
  const buttons = views.map(({ name, title, question }) => ({
    name,
    tab: button(title, () => onView(name), { title: question, 'data-view': name }),
  }));
  const root = element('nav', { 'aria-label': 'Views' }, ...buttons.map(({ tab }) => tab));
  return {
    root,
    update: (chosen: string) => {
      for (const { name, tab } of buttons) {
        if (name === chosen) tab.setAttribute('aria-current', 'page');
        else tab.removeAttribute('aria-current');
      }
    },
  };
}

/** A select stays as long as its view has that choice. */
export function choiceBar(onChoice: (name: string, value: string) => void) {
  const known = new Map<string, Select>();
  const root = element('div', { class: 'choices' });
  return {
    root,
    update: (choices: readonly Choice[]) => {
      const boxes = choices
        .filter(({ options }) => options.length > 1)
        .map(({ name, title, options, chosen }) => {
          const box = known.get(name) ?? select(title, (value) => onChoice(name, value));
          known.set(name, box);
          box.update(options, chosen);
          return box.label;
        });
      const same = boxes.length === root.children.length && boxes.every((box, i) => box === root.children[i]);
      if (!same) root.replaceChildren(...boxes);
    },
  };
}
