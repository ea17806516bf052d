import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import { NotRunFile, type NotRunRecord } from '../../scripts/log/not-run-file.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { sweepsTable } from '../../scripts/results/tables-made-anew.ts';
import { linesOf, logRecords } from './log-factory.ts';
import { outputFolder } from './output-folder.ts';

const note: NotRunRecord = {
  type: 'not_run',
  sweep: 'night',
  cell: '0123456789abcdef',
  iteration: 1,
  at: '2026-03-01T12:00:00.000Z',
  hostname: 'bench-1',
  status: 'skipped',
  reason: 'it needs about 9 GB of memory, and 1 GB are free',
  remedy: null,
  framework: 'llamacpp',
  size: '8B',
  quantize: 'q8_0',
  workload: 'kernel',
  device: 'auto',
};

const sweep = { name: 'night', cell: 'fedcba9876543210', iteration: 0, attempt: 0 };
const logOf = (number: number, warnings: string[] = []) =>
  linesOf(
    logRecords({
      number,
      header: { sweep },
      records: warnings.map((code) => ({ type: 'warning', code, message: 'told' })),
    }),
  );

describe('the tables of a sweep', () => {
  it('name sweep and cell of each run', async () => {
    const output = outputFolder();
    output.file('llamacpp/one.txt', logOf(1));
    output.file('llamacpp/two.txt', linesOf(logRecords({ number: 2 })));
    await collateAll({ output: output.path });
    expect(readTable(output.path, runsTable).map((run) => [run.sweep, run.sweep_cell])).toEqual([
      ['night', 'fedcba9876543210'],
      [null, null],
    ]);
  });

  it('rank no run that shared its device with others', async () => {
    const output = outputFolder();
    output.file('llamacpp/one.txt', logOf(1));
    output.file('llamacpp/two.txt', logOf(2, ['shared_device']));
    output.file('llamacpp/three.txt', logOf(3, ['other_devices_busy']));
    await collateAll({ output: output.path });
    const rows = readTable(output.path, runsTable).map(({ comparable, warnings }) => [warnings, comparable]);
    expect(rows).toEqual(
      expect.arrayContaining([
        [null, true],
        ['shared_device', false],
        ['other_devices_busy', true],
      ]),
    );
  });

  it('have a row for each cell that has no log: the last that was said of it, whatever a kill has cut off', async () => {
    const output = outputFolder();
    output.file('llamacpp/one.txt', logOf(1));
    await collateAll({ output: output.path });
    expect(existsSync(join(output.path, 'sweeps.csv'))).toBe(false);

    const file = new NotRunFile(output.path, 'night');
    file.add(note);
    file.add(note);
    appendFileSync(file.path, '{"type":"not_run","sweep":"nig');
    const again = new NotRunFile(output.path, 'night');
    again.add({ ...note, cell: '0000000000000000', hostname: 'bench-2' });
    again.add({ ...note, status: 'failed', reason: 'the disk is full' });
    expect(readFileSync(file.path, 'utf8').trimEnd().split('\n')).toHaveLength(4);
    await collateAll({ output: output.path });
    expect(readTable(output.path, sweepsTable)).toMatchObject([
      { sweep_cell: '0123456789abcdef', status: 'failed', reason: 'the disk is full', hostname: 'bench-1' },
      { sweep_cell: '0000000000000000', status: 'skipped', size: '8B', quantize_asked: 'q8_0', iteration: 1 },
    ]);
    const before = readFileSync(join(output.path, 'sweeps.csv'), 'utf8');
    await collateAll({ output: output.path });
    expect(readFileSync(join(output.path, 'sweeps.csv'), 'utf8')).toBe(before);
  });
});
