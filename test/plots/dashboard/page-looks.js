// What tests ask of the dashboard, run in the page itself: there is no `document` elsewhere.
globalThis.looks = {
  /** Pixels by which something is wider than the page, and texts of the chart that are cut at its edge or lie on each other. */
  faults() {
    const faults = [];
    const beyond = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (beyond > 0) faults.push(`the page scrolls by ${beyond} pixels to the side`);
    const svg = document.querySelector('.canvas svg');
    if (svg === null) return faults;
    const frame = svg.getBoundingClientRect();
    const canvas = document.querySelector('.canvas').getBoundingClientRect();
    if (frame.right > canvas.right + 1)
      faults.push(`the chart is ${Math.round(frame.width)} of ${Math.round(canvas.width)} pixels wide`);
    // A text with a stroke is the rim of the same text before it.
    const boxes = [...svg.querySelectorAll('text:not([stroke])')]
      .flatMap((text) => (text.querySelectorAll('tspan').length === 0 ? [text] : [...text.querySelectorAll('tspan')]))
      .filter((line) => line.textContent.trim() !== '' && Number(getComputedStyle(line).opacity) > 0)
      .map((line) => ({ words: line.textContent.trim(), box: line.getBoundingClientRect() }));
    boxes.forEach(({ words, box }, i) => {
      if (box.left < frame.left - 2 || box.right > frame.right + 2) faults.push(`cut: ${words}`);
      for (const other of boxes.slice(i + 1)) {
        const width = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const height = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        if (width > 2 && height > 4) faults.push(`on each other: ${words} | ${other.words}`);
      }
    });
    return faults;
  },

  marks: () => document.querySelectorAll('.canvas svg path, .canvas svg line').length,

  rowsInPage: () => document.querySelectorAll('.runs tbody tr:not(.spacer)').length,

  column: (place) =>
    [...document.querySelectorAll(`.runs tbody tr:not(.spacer) td:nth-child(${place})`)].map(
      (cell) => cell.textContent,
    ),

  /** The middle of a mark of the chart, in pixels of the window. */
  middleOf(selector, place) {
    const box = document.querySelectorAll(selector)[place].getBoundingClientRect();
    return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  },

  focus: () => document.activeElement?.textContent?.trim() ?? '',
};
