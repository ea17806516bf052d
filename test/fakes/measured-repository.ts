/**
 * A repository in a temporary folder as a runner checks it out: our scripts, a history of three commits whose last one is a merge,
 * and in place of the benchmark a program that writes the gate report that a test wants.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { GateReport } from '../../collate/regressions/gate-report.ts';

const repository = resolve(import.meta.dirname, '../..');

const benchmark = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
appendFileSync('asked.jsonl', JSON.stringify(process.argv.slice(2)) + '\\n');
const output = process.argv[process.argv.indexOf('--output-dir') + 1];
mkdirSync(output + '/raw/paper', { recursive: true });
writeFileSync(output + '/raw/paper/log.txt', 'a log');
if (process.argv.includes('--baseline')) writeFileSync(output + '/gate.json', process.env.WANTED_REPORT);
process.exitCode = Number(process.env.WANTED_CODE);
`;

export interface MeasuredRepository {
  folder: string;
  /** The commit that a pull request would go into. */
  base: string;
  head: string;
}

export function measuredRepository(): MeasuredRepository {
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-checkout-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const room of ['scripts', 'collate']) {
    mkdirSync(join(folder, room));
    const links = readdirSync(join(repository, room)).filter((name) => !measuring.includes(`${room}/${name}`));
    for (const name of links) symlinkSync(join(repository, room, name), join(folder, room, name));
  }
  writeFileSync(join(folder, 'scripts/ci-benchmark.ts'), benchmark);
  writeFileSync(
    join(folder, 'collate/regressions.ts'),
    "console.log('no step in', process.argv.slice(2).join(' '));\n",
  );
  for (const name of ['node_modules', 'configs']) symlinkSync(join(repository, name), join(folder, name));
  copyFileSync(join(repository, 'package.json'), join(folder, 'package.json'));
  const base = committed(folder);
  return { folder, base, head: git(folder, 'rev-parse', 'HEAD') };
}

/** What a test replaces. */
const measuring: readonly string[] = ['scripts/ci-benchmark.ts', 'collate/regressions.ts'];

/** The head is a merge commit of a branch into the base, as GitHub makes one of a pull request. */
function committed(folder: string): string {
  git(folder, 'init', '--quiet', '--initial-branch=main');
  writeFileSync(join(folder, '.gitignore'), 'node_modules\nresults\nhistory\nasked.jsonl\n');
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '--message=before');
  git(folder, 'switch', '--quiet', '--create', 'change');
  git(folder, 'commit', '--quiet', '--allow-empty', '--message=change');
  git(folder, 'switch', '--quiet', 'main');
  git(folder, 'commit', '--quiet', '--allow-empty', '--message=base');
  const base = git(folder, 'rev-parse', 'HEAD');
  git(folder, 'merge', '--quiet', '--no-ff', '--message=merge', 'change');
  return base;
}

function git(folder: string, ...words: string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.invalid', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, ...words], { cwd: folder, encoding: 'utf8' }).trim();
}

/** For the environment of its steps. @param code with which the benchmark ends */
export function wanted(report: GateReport, code: number): Record<string, string> {
  return { WANTED_REPORT: JSON.stringify(report), WANTED_CODE: String(code) };
}
