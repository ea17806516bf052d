import { copyFileSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conditionOf, conditionsOf } from '../../../collate/comparing/filter.ts';
import { sourceOf } from '../../../collate/comparing/source.ts';
import { collateAll } from '../../../collate/incremental/collate-all.ts';
import { fillStore } from '../../../collate/store/fill.ts';
import { UserError } from '../../../scripts/command-line/errors.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { outputFolder } from '../output-folder.ts';
import { uuidOf } from '../run-records.ts';

const [first, second] = [`1${'a'.repeat(39)}`, `2${'b'.repeat(39)}`];

/** Runs 1 and 2 before, 3 and 4 after; run 5 has no name at all. They started at minutes 1 to 5 of noon, 1 March 2026. */
async function results() {
  const output = outputFolder();
  for (const number of [1, 2, 3, 4]) {
    const isBefore = number < 3;
    output.log({
      number,
      header: {
        tag: isBefore ? 'before' : 'after',
        revision: isBefore ? first : `${second}+changes`,
        session: { uuid: uuidOf(isBefore ? 101 : 202), order: number, iteration: 0 },
        sweep: { name: isBefore ? 'night' : 'day', cell: 'c', iteration: 0, attempt: 0 },
        requested: { threads: 2, maxTokens: isBefore ? 64 : 32, temperature: 0 },
      },
    });
  }
  output.log({ number: 5, framework: 'pytorch' });
  await collateAll({ output: output.path });
  return output.path;
}

async function runsOf(word: string, output = '/nowhere', where: string[] = []) {
  const { rows } = await sourceOf(word, output, where.map(conditionOf));
  return rows.map(({ uuid }) => Number(uuid?.slice(-3))).sort();
}

async function refusalOf(work: Promise<unknown>): Promise<UserError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('not refused');
}

const byUuid = (rows: readonly RunRow[]) => rows.toSorted((a, b) => (a.uuid ?? '').localeCompare(b.uuid ?? ''));

describe('a side', () => {
  it('is a folder, with conditions behind it and beside it', async () => {
    const folder = await results();
    expect(await runsOf(folder)).toEqual([1, 2, 3, 4, 5]);
    expect(await runsOf(`${folder}?framework=pytorch`)).toEqual([5]);
    expect(await runsOf(`${folder}?tag=before&tag=after&max_tokens=32`)).toEqual([3, 4]);
    expect(await runsOf(folder, '', ['max_tokens=64', 'framework=llamacpp'])).toEqual([1, 2]);
    expect(await runsOf(folder, '', ['tag='])).toEqual([5]);
    expect((await sourceOf(`${folder}?framework=pytorch`, '')).words).toBe(`${folder} with framework=pytorch`);
    const twice = await sourceOf(`${folder}?framework=pytorch`, '', [conditionOf('framework=pytorch')]);
    expect(twice.words).toBe(`${folder} with framework=pytorch`);
  });

  it('is a store, wherever its file lies, or its Parquet files, and says what the tables say', async () => {
    const folder = await results();
    const { rows: expected } = await sourceOf(folder, '');
    await fillStore({ output: folder });
    const places = outputFolder().path;
    const [kept, exported, bare] = [join(places, 'kept.duckdb'), join(places, 'exported'), join(places, 'bare')];
    copyFileSync(join(folder, 'tokenlap.duckdb'), kept);
    cpSync(join(folder, 'parquet'), exported, { recursive: true });
    cpSync(join(folder, 'tokenlap.duckdb'), join(bare, 'tokenlap.duckdb'), { recursive: true });
    for (const place of [kept, exported, bare]) {
      const { rows, words } = await sourceOf(place, '');
      expect(words).toBe(place);
      expect(byUuid(rows)).toEqual(byUuid(expected));
    }
    expect(await runsOf(`${kept}?tag=after`)).toEqual([3, 4]);
    expect(await runsOf('night', bare)).toEqual([1, 2]);
  });

  it('that is no store, for all its name, is refused with what to do', async () => {
    const path = join(outputFolder().path, 'other.duckdb');
    writeFileSync(path, 'no database');
    const refused = await refusalOf(sourceOf(path, ''));
    expect(refused.message).toContain(`${path} cannot be read`);
    expect(refused.remedy).toContain('Copy the store again');
  });

  it.each([
    ['before', [1, 2]],
    ['tag:after', [3, 4]],
    [uuidOf(202), [3, 4]],
    ['session:00000000-0000-4000-8000-000000000101', [1, 2]],
    ['night', [1, 2]],
    [first.slice(0, 8), [1, 2]],
    [second, [3, 4]],
    [`${second}+changes`, [3, 4]],
    ['2026-03-01', [1, 2, 3, 4, 5]],
    ['2026-03-01T12:03..', [3, 4, 5]],
    ['2026-03-01T12:02..2026-03-01T12:03', [2, 3]],
    ['..2026-03-01T12:01:00', [1]],
  ])('is %s among the runs of one folder', async (word, runs) => {
    expect(await runsOf(word, await results())).toEqual(runs);
  });

  it('that stands for nothing is refused with what there is', async () => {
    const folder = await results();
    const nothing = await refusalOf(sourceOf('befor', folder));
    expect(nothing).toMatchObject({ exitCode: 3 });
    expect(nothing.message).toContain('no tag, session, sweep, commit or date');
    expect(nothing.remedy).toContain('tag before, after');
    for (const nowhere of ['before', '/nowhere/befor', 'before.duckdb']) {
      const { message } = await refusalOf(sourceOf(nowhere, '/nowhere'));
      expect(message).toContain(`"${nowhere}" is neither a folder nor a store, and /nowhere has no tables`);
    }
    const none = await refusalOf(sourceOf(`${folder}?framework=mlc`, ''));
    expect(none.message).toContain('there is no run in');
    expect(none.remedy).toContain('framework is llamacpp, pytorch');
  });

  it('that stands for two things is refused with how to say which', async () => {
    const folder = outputFolder();
    folder.log({ number: 1, header: { tag: 'night', sweep: { name: 'night', cell: 'c', iteration: 0, attempt: 0 } } });
    await collateAll({ output: folder.path });
    const refused = await refusalOf(sourceOf('night', folder.path));
    expect(refused).toMatchObject({ exitCode: 2, remedy: 'Say which: tag:night or sweep:night.' });
    expect(await runsOf('sweep:night', folder.path)).toEqual([1]);
  });

  it('never becomes an option or a command of git', async () => {
    const folder = await results();
    expect((await refusalOf(sourceOf('--output=/tmp/x', folder))).exitCode).toBe(3);
    expect((await refusalOf(sourceOf('revision:$(id)', folder))).exitCode).toBe(3);
  });
});

describe('a condition', () => {
  it('is percent-encoded behind a folder, and a plus sign is one', () => {
    expect(conditionsOf('framework_version=PyTorch%202.13.0+cpu&device=cpu')).toEqual([
      { column: 'framework_version', value: 'PyTorch 2.13.0+cpu' },
      { column: 'device', value: 'cpu' },
    ]);
  });

  it('on a column that does not exist is refused with the one that was meant', () => {
    expect(() => conditionOf('quantise=q8_0')).toThrow('Did you mean quantize?');
    expect(() => conditionOf('q8_0')).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('column=value') }),
    );
  });
});
