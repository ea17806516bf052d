/**
 * What report.html can do with a script: sort its tables and copy its commands. Without one the tables are plain tables
 * and the commands can be marked. The script is text of the page, so it works from a file and is allowed by its hash alone.
 */
export const script = `
'use strict';
for (const table of document.querySelectorAll('table')) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  if (rows.length < 2) continue;
  const heads = [...table.tHead.rows[0].cells];
  const words = new Intl.Collator('en', { numeric: true });
  const numberOf = (row, i) => (row.cells[i].hasAttribute('data-value') ? Number(row.cells[i].dataset.value) : null);
  heads.forEach((head, i) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    button.title = 'Sort by this column';
    head.append(button);
    button.addEventListener('click', () => {
      const now = head.getAttribute('aria-sort');
      const next = now === null ? 'ascending' : now === 'ascending' ? 'descending' : null;
      for (const other of heads) other.removeAttribute('aria-sort');
      if (next !== null) head.setAttribute('aria-sort', next);
      const sign = next === 'descending' ? -1 : 1;
      const hasNumbers = rows.some((row) => numberOf(row, i) !== null);
      const compare = (a, b) => {
        if (!hasNumbers) return sign * words.compare(a.cells[i].textContent, b.cells[i].textContent);
        const [one, other] = [numberOf(a, i), numberOf(b, i)];
        if (one === null || other === null) return Number(one === null) - Number(other === null);
        return sign * (one - other);
      };
      body.append(...(next === null ? rows : [...rows].sort(compare)));
    });
  });
}
for (const block of document.querySelectorAll('.commands')) {
  const code = block.querySelector('code');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.setAttribute('aria-live', 'polite');
  block.append(button);
  button.addEventListener('click', async () => {
    button.textContent = (await copied(code)) ? 'Copied' : 'Marked: press Ctrl+C';
    setTimeout(() => { button.textContent = 'Copy'; }, 2500);
  });
}
async function copied(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(code);
    return document.execCommand('copy');
  }
}
`;
