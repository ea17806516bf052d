/** Parts of the page. Texts become text nodes, so what a log says can never be markup. */

type Child = Node | string;

/** @param attributes false and undefined leave one out, true sets it without a value */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children);
  return made;
}

/** @param attributes as those of an element */
export function button(
  words: string,
  onPress: () => void,
  attributes: Readonly<Record<string, string | boolean | undefined>> = {},
): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, words);
  made.addEventListener('click', onPress);
  return made;
}

/** A choice of one of several values, with its name. */
export interface Select {
  readonly label: HTMLLabelElement;
  /** Sets what can be chosen, and what is; the element stays, so that it keeps the focus. */
  readonly update: (options: ReadonlyArray<{ value: string; label: string }>, chosen: string) => void;
}

export function select(title: string, onChoice: (value: string) => void): Select {
  const box = element('select');
  box.addEventListener('change', () => onChoice(box.value));
  let shown = '';
  return {
    label: element('label', { class: 'choice' }, title, box),
    update: (options, chosen) => {
      const state = JSON.stringify(options);
      if (state !== shown)
        box.replaceChildren(...options.map(({ value, label }) => element('option', { value }, label)));
      shown = state;
      box.value = chosen;
    },
  };
}
