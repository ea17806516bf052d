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
  return finding.rule === rule && isIn(finding.file, file) && finding.message.includes(about);
}

/** @param pattern a file, with a slash at its end a folder, with `*` in it any name there */
function isIn(file: string, pattern: string): boolean {
  if (pattern.endsWith('/')) return file.startsWith(pattern);
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return file === pattern;
  const name = file.slice(before.length, file.length - after.length);
  return file.startsWith(before) && file.endsWith(after) && !name.includes('/');
}

function unusedFinding({ rule, file, about }: Exception, text: string): Finding {
  const line = text.slice(0, Math.max(0, text.indexOf(`'${file}'`))).split('\n').length;
  const what = about === undefined ? file : `${file} (${about})`;
  return { rule: unusedException, file: exceptionsFile, line, message: `${rule} finds nothing in ${what} any more` };
}

function byPlace(a: Finding, b: Finding): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line;
}
