/** Sets findings against the exceptions: what one of them excuses is left out, and what excuses nothing is told. */
import { type Exception, exceptionsFile, unusedException } from './exceptions.ts';
import type { Finding } from './finding.ts';

/** @param text of exceptions.ts, for the lines of those that excuse nothing */
export function excuse(
  findings: readonly Finding[],
  exceptions: readonly Exception[],
  text: string,
): { kept: Finding[]; excused: number } {
  const used = new Set<Exception>();
  const kept = findings.filter((finding) => {
    const matching = exceptions.filter((exception) => excuses(exception, finding));
    for (const exception of matching) used.add(exception);
    return matching.length === 0;
  });
  const unused = exceptions.filter((exception) => !used.has(exception));
  return {
    kept: [...kept, ...unused.map((exception) => unusedFinding(exception, text))].sort(byPlace),
    excused: findings.length - kept.length,
  };
}

function excuses({ rule, file, about = '' }: Exception, finding: Finding): boolean {
  const isThere = file.endsWith('/') ? finding.file.startsWith(file) : finding.file === file;
  return isThere && finding.rule === rule && finding.message.includes(about);
}

function unusedFinding({ rule, file, about }: Exception, text: string): Finding {
  const line = text.slice(0, Math.max(0, text.indexOf(`'${file}'`))).split('\n').length;
  const what = about === undefined ? file : `${file} (${about})`;
  return { rule: unusedException, file: exceptionsFile, line, message: `${rule} finds nothing in ${what} any more` };
}

function byPlace(a: Finding, b: Finding): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line;
}
