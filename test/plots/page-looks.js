// What tests ask of report.html, run in the page itself: there is no `document` elsewhere.
globalThis.looks = {
  fonts: () =>
    document.fonts.ready.then((fonts) =>
      [...fonts].map((font) => `${font.family} ${font.weight} ${font.status}`).sort(),
    ),

  inject() {
    const script = document.createElement('script');
    script.textContent = 'document.title = "taken over"';
    document.body.append(script);
    return document.title;
  },

  /** Texts of the charts that lie on each other, or are cut at the edge of their picture. */
  faultyTexts() {
    const faults = [];
    for (const svg of document.querySelectorAll('figure svg')) {
      const frame = svg.getBoundingClientRect();
      const title = svg.parentElement.querySelector('h3').textContent;
      const scale = frame.width / svg.viewBox.baseVal.width;
      const boxes = [...svg.querySelectorAll('text')]
        .flatMap((text) => {
          const lines = text.querySelectorAll('tspan');
          return lines.length === 0 ? [text] : [...lines];
        })
        .map((line) => ({ words: line.textContent.trim(), box: line.getBoundingClientRect() }))
        .filter(({ words }) => words !== '');
      boxes.forEach(({ words, box }, i) => {
        if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1) {
          faults.push(`${title}: "${words}" is cut`);
        }
        for (const other of boxes.slice(i + 1)) {
          // The same text twice is a text and its rim.
          if (other.words === words) continue;
          const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
          const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
          // Boxes have air above and below the letters.
          if (across > scale && down > 4.5 * scale) faults.push(`${title}: "${words}" on "${other.words}"`);
        }
      });
    }
    return faults;
  },

  /** The paper of each chart, and the least contrast of its texts (WCAG 2.2). */
  papers() {
    const brightness = (color) => {
      const [r, g, b] = color.match(/[\d.]+/g).map((part) => {
        const c = Number(part) / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (...colors) => {
      const [low, high] = colors.map(brightness).sort((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    };
    return [...document.querySelectorAll('figure svg')].map((svg) => {
      const paper = getComputedStyle(svg.querySelector('rect')).fill;
      const inks = [...svg.querySelectorAll('text')].map((text) => getComputedStyle(text).fill);
      return { paper, worst: Math.min(...inks.filter((ink) => ink !== paper).map((ink) => contrast(ink, paper))) };
    });
  },

  /** A table after it was scrolled: what of it stayed in sight, pixels from where it should be. */
  scrolled(selector) {
    const region = document.querySelector(selector);
    region.scrollTo(120, 400);
    const frame = region.getBoundingClientRect();
    const page = document.documentElement;
    return {
      pageIsWider: page.scrollWidth > page.clientWidth,
      name: document.getElementById(region.getAttribute('aria-labelledby')).textContent,
      left: region.scrollLeft,
      top: region.scrollTop,
      head: Math.abs(region.querySelector('thead th:nth-child(2)').getBoundingClientRect().top - frame.top),
      rowHead: Math.abs(region.querySelector('tbody tr:nth-child(20) th').getBoundingClientRect().left - frame.left),
      shadows: getComputedStyle(region).backgroundImage.split('linear-gradient').length - 1,
    };
  },

  /** How wide what breaks out of the column is, and what of it the window cuts or a button covers. */
  room() {
    const page = document.documentElement;
    const box = (element) => element.getBoundingClientRect();
    const wide = [...document.querySelectorAll('figure svg, .captioned')].map(box);
    return {
      beyond: Math.max(...wide.map(({ left, right }) => Math.max(-left, right - page.clientWidth))),
      widestTable: Math.max(...[...document.querySelectorAll('.captioned')].map((each) => box(each).width)),
      column: box(document.querySelector('h2')).width,
      scrollingFigures: [...document.querySelectorAll('figure')].filter((each) => each.scrollWidth > each.clientWidth)
        .length,
      covered: [...document.querySelectorAll('.commands')].filter((each) => {
        const [code, button] = [box(each.querySelector('pre')), box(each.querySelector('button'))];
        return button.left < code.right && button.top < code.bottom;
      }).length,
    };
  },

  column: (selector, i) =>
    [...document.querySelectorAll(`${selector} tbody tr`)].map((row) => row.children[i].textContent),

  clipboard(isThere) {
    const writeText = async (text) => document.body.setAttribute('data-copied', text);
    Object.defineProperty(navigator, 'clipboard', { value: isThere ? { writeText } : undefined });
    document.execCommand = () => false;
  },

  commands(selector) {
    const [block] = document.querySelectorAll(`${selector} .commands`);
    return {
      button: block.querySelector('button').textContent,
      code: block.querySelector('code').textContent,
      copied: document.body.getAttribute('data-copied'),
      marked: String(getSelection()),
    };
  },

  onPaper() {
    const width = document.documentElement.clientWidth;
    const height = (element) => element.getBoundingClientRect().height;
    return {
      first: height(document.querySelector('.first')),
      tooWide: [...document.querySelectorAll('table, figure svg, pre')]
        .filter((each) => each.getBoundingClientRect().right > width + 1)
        .map((each) => each.textContent.slice(0, 80)),
      tallestFigure: Math.max(...[...document.querySelectorAll('figure')].map(height)),
      buttons: [...document.querySelectorAll('.commands button')].filter((each) => each.checkVisibility()).length,
    };
  },
};
