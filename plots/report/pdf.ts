/** The report as a typeset PDF: report.typ sets the document, which it reads as JSON. Needs no browser and no network. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler';
import { fontFolders } from '../render/fonts.ts';
import type { ReportDocument } from './document.ts';

const template = fileURLToPath(new URL('./report.typ', import.meta.url));

/** @param pictures SVG by name of the chart */
export function renderPdf(document: ReportDocument, pictures: ReadonlyMap<string, string>): Buffer {
  const { compiler, pages } = typeset(document, pictures);
  return compiler.pdf(pages);
}

/** The page on which the section ends that is a page by itself: 1, unless it is too long even in small letters. */
export function endOfFirstSection(document: ReportDocument, pictures: ReadonlyMap<string, string>): number {
  const { compiler, pages } = typeset(document, pictures);
  const [found]: Array<{ value: number }> = compiler.query(pages, { selector: '<first-page-ends>' });
  if (found === undefined) throw new Error('the report has no first page');
  return found.value;
}

function typeset(document: ReportDocument, pictures: ReadonlyMap<string, string>) {
  // Nothing is written to this folder, for the files below exist in the compiler's memory only; but what lay there would be
  // read, so that it is one of our own.
  const workspace = mkdtempSync(join(tmpdir(), 'tokenlap-report-'));
  try {
    return typesetIn(workspace, document, pictures);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

function typesetIn(workspace: string, document: ReportDocument, pictures: ReadonlyMap<string, string>) {
  const compiler = NodeCompiler.create({ workspace, fontArgs: [{ fontPaths: fontFolders }] });
  compiler.mapShadow(join(workspace, 'report.json'), Buffer.from(JSON.stringify(document)));
  for (const [name, svg] of pictures) compiler.mapShadow(join(workspace, `${name}.svg`), Buffer.from(svg));
  const compiled = compiler.compile({ mainFileContent: readFileSync(template, 'utf8') });
  const pages = compiled.result;
  if (pages === null) throw new Error(`the PDF could not be typeset: ${diagnostics(compiler, compiled.takeError())}`);
  return { compiler, pages };
}

function diagnostics(
  compiler: NodeCompiler,
  error: ReturnType<ReturnType<NodeCompiler['compile']>['takeError']>,
): string {
  return error === null ? 'no reason given' : JSON.stringify(compiler.fetchDiagnostics(error));
}
