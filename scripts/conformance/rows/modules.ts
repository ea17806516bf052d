/** For planning what to take apart: size, who depends on what, the longest function, what is written twice, what breaks rules. */
import type { Duplicate } from '../duplicates.ts';
import type { TreeFacts } from '../facts/tree-facts.ts';
import type { Finding } from '../finding.ts';

export interface ModuleRow {
  file: string;
  lines: number;
  /** Modules of this repository that it imports. */
  imports: number;
  importedBy: number;
  longestFunction: { name: string; line: number; lines: number } | null;
  /** Lines of passages that stand elsewhere too. */
  duplicateLines: number;
  findings: number;
}

/** Those first that are long, have long functions, or repeat what stands elsewhere. */
export function moduleRows(
  tree: TreeFacts,
  duplicates: readonly Duplicate[],
  findings: readonly Finding[],
): ModuleRow[] {
  const rows = [...tree.modules.values()].map(({ file, lines, imports, functions }) => ({
    file,
    lines,
    imports: new Set(imports.flatMap(({ target }) => target ?? [])).size,
    importedBy: tree.importersOf(file).length,
    longestFunction: longestOf(functions.slice(1)),
    duplicateLines: duplicates
      .filter(({ places }) => places.some((place) => place.file === file))
      .reduce((sum, duplicate) => sum + duplicate.lines, 0),
    findings: findings.filter((finding) => finding.file === file).length,
  }));
  return rows.sort((a, b) => weight(b) - weight(a) || (a.file < b.file ? -1 : 1));
}

function longestOf(
  functions: ReadonlyArray<{ name: string; line: number; endLine: number }>,
): ModuleRow['longestFunction'] {
  let longest: ModuleRow['longestFunction'] = null;
  for (const { name, line, endLine } of functions) {
    const lines = endLine - line + 1;
    if (longest === null || lines > longest.lines) longest = { name: name === '' ? 'a closure' : name, line, lines };
  }
  return longest;
}

/** Lines beyond what is easily read at once, and all that is written twice; a finding outweighs them. */
function weight({ lines, longestFunction, duplicateLines, findings }: ModuleRow): number {
  return (
    Math.max(0, lines - 150) + 2 * Math.max(0, (longestFunction?.lines ?? 0) - 40) + duplicateLines + 1000 * findings
  );
}
