/** Typst sources to pages: in this process, in the fonts of the package, without network or browser. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler';
import { fontFolders } from './fonts.ts';

const words = fileURLToPath(new URL('./words.typ', import.meta.url));

/** How texts break, for the front of a source. */
export function wordsSource(): string {
  return readFileSync(words, 'utf8');
}

/**
 * @param source the main file
 * @param files by name, beside it
 * @throws Error with what the compiler says of a source that it cannot set
 */
export function typeset(source: string, files: ReadonlyMap<string, string>) {
  // Nothing is written to this folder, for the files below exist in the compiler's memory only; but what lay there would be
  // read, so that it is one of our own.
  const workspace = mkdtempSync(join(tmpdir(), 'tokenlap-typeset-'));
  try {
    return typesetIn(workspace, source, files);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

function typesetIn(workspace: string, source: string, files: ReadonlyMap<string, string>) {
  const compiler = NodeCompiler.create({ workspace, fontArgs: [{ fontPaths: fontFolders }] });
  for (const [name, content] of files) compiler.mapShadow(join(workspace, name), Buffer.from(content));
  const compiled = compiler.compile({ mainFileContent: source });
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
