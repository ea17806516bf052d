/** The report as one HTML file: pictures are inline SVG, so that it can be mailed and opened from anywhere. */
import { escapeXml } from '../render/svg.ts';
import { type Block, columnHeading, type ReportDocument, type Table } from './document.ts';
import { stylesheet } from './html-style.ts';

/** @param pictures SVG by name of the chart */
export function renderHtml(document: ReportDocument, pictures: ReadonlyMap<string, string>): string {
  const contents = document.sections.map(
    (section) => `<li><a href="#${escapeXml(section.id)}">${escapeXml(section.title)}</a></li>`,
  );
  const sections = document.sections.map(
    (section) =>
      `<section id="${escapeXml(section.id)}">\n<h2>${escapeXml(section.title)}</h2>\n${section.blocks
        .map((block) => renderBlock(block, pictures))
        .join('\n')}\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(document.title)}</title>
<style>${stylesheet}</style>
</head>
<body>
<main>
<header>
<h1>${escapeXml(document.title)}</h1>
<p class="note">${escapeXml(document.subtitle)}</p>
</header>
<nav aria-label="Contents"><ul>${contents.join('')}</ul></nav>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function renderBlock(block: Block, pictures: ReadonlyMap<string, string>): string {
  switch (block.kind) {
    case 'paragraph':
      return block.role === 'text'
        ? `<p>${escapeXml(block.text)}</p>`
        : `<p class="${block.role}">${escapeXml(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeXml(item)}</li>`).join('')}</ul>`;
    case 'commands':
      return `<pre><code>${escapeXml(block.lines.join('\n'))}</code></pre>`;
    case 'table':
      return renderTable(block);
    case 'figure':
      // The picture shows its title itself; the heading is for those who navigate by headings.
      return `<figure>\n<h3 class="hidden">${escapeXml(block.title)}</h3>\n${pictures.get(block.chart) ?? `<p>${escapeXml(block.alt)}</p>`}\n</figure>`;
    default:
      return block satisfies never;
  }
}

function renderTable(table: Table): string {
  const side = (i: number) => (table.columns[i]?.align === 'right' ? ' class="right"' : '');
  const head = table.columns.map((column, i) => `<th scope="col"${side(i)}>${escapeXml(columnHeading(column))}</th>`);
  const rows = table.rows.map(
    (row) => `<tr>${row.map((cell, i) => `<td${side(i)}>${escapeXml(cell.text)}</td>`).join('')}</tr>`,
  );
  return `<div class="table"><table>\n<caption>${escapeXml(table.caption)}</caption>\n<thead><tr>${head.join('')}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table></div>`;
}
