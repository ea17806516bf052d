/** The report as a typeset PDF: report.typ sets the document, which it reads as JSON. Needs no browser and no network. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { typeset, wordsSource } from '../render/typeset.ts';
import type { ReportDocument } from './document.ts';

const template = fileURLToPath(new URL('./report.typ', import.meta.url));

/** @param pictures SVG by name of the chart */
export function renderPdf(document: ReportDocument, pictures: ReadonlyMap<string, string>): Buffer {
  const { compiler, pages } = typesetReport(document, pictures);
  return compiler.pdf(pages);
}

/** The page on which the section ends that is a page by itself: 1, unless it is too long even in small letters. */
export function endOfFirstSection(document: ReportDocument, pictures: ReadonlyMap<string, string>): number {
  const { compiler, pages } = typesetReport(document, pictures);
  const [found]: Array<{ value: number }> = compiler.query(pages, { selector: '<first-page-ends>' });
  if (found === undefined) throw new Error('the report has no first page');
  return found.value;
}

function typesetReport(document: ReportDocument, pictures: ReadonlyMap<string, string>) {
  const files = new Map([...pictures].map(([name, svg]) => [`${name}.svg`, svg]));
  files.set('report.json', JSON.stringify(document));
  return typeset(wordsSource() + readFileSync(template, 'utf8'), files);
}
