/** The report as one HTML file: pictures are inline SVG and the font is in it, so it can be mailed and opened anywhere. */
import { createHash } from 'node:crypto';
import { escapeXml } from '../../scripts/command-line/xml-text.ts';
import { fontFaces } from '../render/fonts.ts';
import {
  type Block,
  type Cell,
  columnHeading,
  type ReportDocument,
  type Section,
  type Table,
  tied,
} from './document.ts';
import { script } from './html-script.ts';
import { stylesheet } from './html-style.ts';

/** @param pictures SVG by name of the chart */
export async function renderHtml(document: ReportDocument, pictures: ReadonlyMap<string, string>): Promise<string> {
  const [first, ...others] = document.sections;
  const page = { pictures, tables: 0 };
  const main = [
    '<main>',
    '<section class="first" id="answer">',
    `<header>\n<h1>${escapeXml(document.title)}</h1>\n<p class="note">${escapeXml(document.subtitle)}</p>\n</header>`,
    contents(document),
    ...(first === undefined ? [] : [inner(first, page)]),
    '</section>',
    ...others.map((section) => renderSection(section, page)),
    ...(document.appendix.length === 0 ? [] : ['<h2 class="part" id="appendix">Appendix</h2>']),
    ...document.appendix.map((section) => renderSection(section, page)),
    '</main>',
  ].join('\n');
  const style = `\n${await fontFaces(main + marks)}${stylesheet}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeXml(policy(style))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(document.title)}</title>
<style>${style}</style>
</head>
<body>
${main}
<script>${script}</script>
</body>
</html>
`;
}

/** What the style sheet writes. */
const marks = '↕↑↓';

/** Nothing is loaded, and nothing runs but what was written here. */
function policy(style: string): string {
  const hash = (content: string) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  return `default-src 'none'; font-src data:; style-src ${hash(style)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`;
}

function contents({ sections, appendix }: ReportDocument): string {
  const links = (of: readonly Section[]) =>
    of.map((section) => `<li><a href="#${escapeXml(section.id)}">${escapeXml(section.title)}</a></li>`).join('');
  const more = appendix.length === 0 ? '' : `\n<ul><li>Appendix:</li>${links(appendix)}</ul>`;
  return `<nav aria-label="Contents">\n<ul>${links(sections.slice(1))}</ul>${more}\n</nav>`;
}

/** What is counted while the page is made. */
interface Page {
  readonly pictures: ReadonlyMap<string, string>;
  tables: number;
}

function renderSection(section: Section, page: Page): string {
  return `<section id="${escapeXml(section.id)}">\n${inner(section, page)}\n</section>`;
}

function inner(section: Section, page: Page): string {
  return [`<h2>${escapeXml(section.title)}</h2>`, ...section.blocks.map((block) => renderBlock(block, page))].join(
    '\n',
  );
}

function renderBlock(block: Block, page: Page): string {
  switch (block.kind) {
    case 'paragraph':
      return block.role === 'text'
        ? `<p>${escapeXml(block.text)}</p>`
        : `<p class="${block.role}">${escapeXml(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeXml(item)}</li>`).join('')}</ul>`;
    case 'commands':
      return `<div class="commands"><pre tabindex="0"><code>${escapeXml(block.lines.join('\n'))}</code></pre></div>`;
    case 'table':
      return renderTable(block, page);
    case 'figure':
      // The picture shows its title itself; the heading is for those who navigate by headings.
      return `<figure>\n<h3 class="hidden">${escapeXml(block.title)}</h3>\n${page.pictures.get(block.chart) ?? `<p>${escapeXml(block.alt)}</p>`}\n</figure>`;
    default:
      return block satisfies never;
  }
}

/** A table of this many columns or more is set smaller on paper. */
const manyColumns = 8;

/** A longer cell, in characters, is read as prose: on the screen it gets a width for that. */
const proseLength = 60;

/** A reader on a keyboard can scroll a table as well, so it is a region with a name. */
function renderTable(table: Table, page: Page): string {
  page.tables++;
  const name = `table-${page.tables}`;
  const side = (i: number) => (table.columns[i]?.align === 'right' ? ' class="right"' : '');
  const kind = (i: number, { text }: Cell) =>
    side(i) === '' && text.length > proseLength ? ' class="prose"' : side(i);
  const head = table.columns.map((column, i) => `<th scope="col"${side(i)}>${escapeXml(columnHeading(column))}</th>`);
  const rows = table.rows.map((row) => {
    const cells = row.map((cell, i) => {
      const content = `${kind(i, cell)}${sortValue(cell, table.columns[i]?.align)}>${escapeXml(tied(cell.text))}`;
      return i === 0 ? `<th scope="row"${content}</th>` : `<td${content}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="captioned">
<p class="caption" id="${name}">${escapeXml(table.caption)}</p>
<div class="scroll${table.columns.length >= manyColumns ? ' wide' : ''}" role="region" aria-labelledby="${name}" tabindex="0"><table aria-labelledby="${name}">
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
</div>`;
}

/** The value by which a column of figures is sorted: the figure as it was computed, or the first one of an interval. */
function sortValue({ value, text }: Cell, align: 'left' | 'right' | undefined): string {
  if (align !== 'right') return '';
  const figure = typeof value === 'number' ? value : Number.parseFloat(text.replace(/^[≥<≤]\s*/, ''));
  return Number.isFinite(figure) ? ` data-value="${figure}"` : '';
}
