/** Hosts, models and frameworks with hostile names: the report is made, carries no markup of theirs, and writes nowhere else. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { generatePlots } from '../../plots/generate.ts';
import { UserError } from '../../scripts/command-line/errors.ts';
import { loggedTextLimits } from '../../scripts/command-line/files/input-limits.ts';
import { printable } from '../../scripts/command-line/printable-text.ts';
import { linesOf, logRecords } from '../collate/log-factory.ts';
import { hostileTexts, pick, randomNumbers } from '../fakes/hostile-text.ts';
import { outputFolder } from '../fakes/output-folder.ts';
import { victimFolder } from '../fakes/victim-folder.ts';

/** A longer name makes no log: collate/ names it, and takes nothing of it. */
const loggable = (text: string) => text.slice(0, loggedTextLimits.name);

function results(names: { host: string; model: string; title: string; error: string }) {
  const parent = outputFolder();
  const output = join(parent, 'results');
  for (const [number, framework] of ['llamacpp', 'pytorch', 'llamacpp', 'pytorch', 'tinygrad'].entries()) {
    const whole = logRecords({
      number,
      framework,
      ...(framework === 'tinygrad' ? { end: { status: 'failed', error: { message: names.error } } } : {}),
    });
    const records = whole.map((record) =>
      record.type === 'header'
        ? {
            ...record,
            framework: { ...record.framework, title: loggable(names.title), version: loggable(names.title) },
            host: { ...record.host, hostname: loggable(names.host), cpuModel: loggable(names.host) },
            model: { ...record.model, name: loggable(names.model), size: loggable(names.model) },
          }
        : record,
    );
    const path = join(output, 'raw', framework, `${number}.txt`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, linesOf(records));
  }
  return { output, victim: victimFolder(parent) };
}

/** Markup and control characters that no report may have, whoever wrote the names in it. */
function requireClean(output: string): void {
  for (const folder of ['plots', 'report']) {
    for (const name of readdirSync(join(output, folder)).filter((each) => /\.(svg|html|md|json)$/.test(each))) {
      const text = readFileSync(join(output, folder, name), 'utf8');
      expect(printable(text), name).toBe(text);
      // Commands stand between fences, where Markdown knows no markup.
      const marked = name.endsWith('.md') ? text.replace(/^(`{3,})sh\n[\s\S]*?^\1$/gm, '') : text;
      if (!name.endsWith('.json')) expect(marked, name).not.toMatch(/<script>alert|<img src=x|<svg onload/);
    }
  }
}

it('makes the report of every hostile name', async () => {
  for (let at = 0; at < hostileTexts.length; at += 4) {
    const [host = '', model = '', title = '', error = ''] = hostileTexts.slice(at, at + 4);
    const { output, victim } = results({ host, model, title, error });
    const before = victim.snapshot();
    await collateAll({ output });
    await generatePlots({ output, formats: ['svg', 'md', 'html', 'json'] });
    requireClean(output);
    expect(victim.snapshot()).toEqual(before);
    expect(
      readdirSync(output).filter((name) => !/^(\w+\.csv|\.collate\.json|raw|plots|presentation|report)$/.test(name)),
    ).toEqual([]);
  }
}, 300_000);

it.each([1, 2, 3])(
  'typesets and paints names drawn by seed %i',
  async (seed) => {
    const random = randomNumbers(seed);
    const some = () => Array.from({ length: 1 + Math.floor(3 * random()) }, () => pick(random, hostileTexts)).join('');
    const { output } = results({ host: some(), model: some(), title: some(), error: some() });
    await collateAll({ output });
    await generatePlots({ output });
    expect(
      readFileSync(join(output, 'report', 'report.pdf'))
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');
    requireClean(output);
  },
  120_000,
);

it('typesets five logs, each with another hostile name everywhere', async () => {
  const names = [
    '$& $1',
    '#set page(width: 1cm) #panic()',
    '<script>alert(1)</script>',
    'x'.repeat(400),
    '\u001b[31m\u202eevil',
  ];
  const parent = outputFolder();
  const output = join(parent, 'results');
  const victim = victimFolder(parent);
  for (const [number, name] of names.entries()) {
    const framework = number % 2 === 0 ? 'llamacpp' : 'pytorch';
    const records = logRecords({ number, framework }).map((record) =>
      record.type === 'header'
        ? {
            ...record,
            framework: { ...record.framework, title: name, version: name },
            host: { ...record.host, hostname: name, username: name, cpuModel: name },
            model: { ...record.model, name, size: name, algorithm: name, file: name },
            sweep: { name, cell: name, iteration: 0, attempt: 0 },
          }
        : record,
    );
    const path = join(output, 'raw', framework, `${number}.txt`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, linesOf(records));
  }
  const before = victim.snapshot();
  const { runs } = await collateAll({ output });
  expect(runs.completed).toBe(names.length);
  await generatePlots({ output });
  expect(readFileSync(join(output, 'report', 'report.pdf'), 'latin1')).toMatch(/^%PDF-/);
  requireClean(output);
  expect(victim.snapshot()).toEqual(before);
  expect(readdirSync(parent).sort()).toEqual(['results', 'victim']);
}, 120_000);

it.each(['plots', 'report'])('writes nothing through %s where that is a link to another place', async (folder) => {
  const { output, victim } = results({ host: 'host', model: 'model', title: 'title', error: 'error' });
  await collateAll({ output });
  const before = victim.snapshot();
  symlinkSync(victim.path, join(output, folder));
  await expect(generatePlots({ output, formats: ['svg', 'html'] })).rejects.toThrow(UserError);
  expect(victim.snapshot()).toEqual(before);
});

it('replaces a picture or a report that is a link, and leaves its target', async () => {
  const { output, victim } = results({ host: 'host', model: 'model', title: 'title', error: 'error' });
  await collateAll({ output });
  const before = victim.snapshot();
  mkdirSync(join(output, 'report'));
  symlinkSync(join(victim.path, 'report.html'), join(output, 'report', 'report.html'));
  symlinkSync(join(victim.path, 'secret.csv'), join(output, 'report', `.report.html.${process.pid}.tmp`));
  await generatePlots({ output, formats: ['html'] });
  expect(readFileSync(join(output, 'report', 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
  expect(victim.snapshot()).toEqual(before);
});
