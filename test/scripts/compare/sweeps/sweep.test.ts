/** The commands as a person types them, on the embedded model. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodedTypes } from '../../../../scripts/models/quantization/weight-encoding.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { script } from '../../../fakes/script.ts';
import { scriptHere } from '../../../fakes/script-here.ts';

function sweepFile(output: string, content: object): string {
  const path = join(output, 'sweep.json');
  writeFileSync(path, JSON.stringify({ name: 'typed', framework: 'llamacpp', size: 'tiny', threads: 1, ...content }));
  return path;
}

describe('sweep.ts', () => {
  it('lists on --dry-run what it would run and what that takes, and starts nothing', async () => {
    const output = outputFolder();
    const file = sweepFile(output, { quantize: ['f16', 'q8_0', 'q4_k_m'], seed: [1, 2], maxTokens: 8 });
    const { code, stdout, stderr } = await script('scripts/sweep.ts', [
      file,
      '--dry-run',
      '--json',
      '--output',
      output,
    ]);
    expect(code, stderr).toBe(0);
    const { totals, cells } = JSON.parse(stdout);
    expect(totals).toMatchObject({ cells: 6, toRun: 4, done: 0, notRun: { incompatible: 2 }, fromRuns: 0 });
    expect(totals.ms).toBeGreaterThan(4 * 700);
    expect(totals.memoryBytes).toBeGreaterThan(250e6);
    expect(cells.filter((cell: { state: string }) => cell.state === 'incompatible')).toMatchObject(
      new Array(2).fill({
        options: { quantize: 'q4_k_m' },
        reason: expect.stringContaining('q4_k_m is not available'),
      }),
    );
    expect(readdirSync(output)).toEqual(['sweep.json']);
  });

  it('refuses an unknown key with its place and what is meant', async () => {
    const output = outputFolder();
    const file = sweepFile(output, { quantise: 'f16' });
    const { code, stderr } = await scriptHere('scripts/sweep.ts', [file, '--output', output]);
    expect(code).toBe(2);
    expect(stderr).toContain(`error: ${file}: unknown key "quantise"`);
    expect(stderr).toContain('Did you mean quantize?');
  });

  it('ends in order on Ctrl-C, and goes on from there', async () => {
    const output = outputFolder();
    const file = sweepFile(output, { seed: [1, 2], maxTokens: 8, warmup: 0, minSeconds: 0 });
    const args = [file, '--no-monitor', '--output', output];
    const stopped = await script('scripts/sweep.ts', args, { interruptAt: 'cell 1 of 2' });
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(stopped.stdout).toContain('typed: 0 of 2 cells completed, 2 left');
    expect(stopped.stderr).toContain('Run the same command again to continue where this one stopped.');
    expect(existsSync(join(output, 'sweeps', '.lock'))).toBe(false);
    const again = await script('scripts/sweep.ts', args);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toContain('typed: 2 of 2 cells completed');
  });
});

describe('llamacpp-sweep.ts', () => {
  it('runs each format of the embedded model once, and nothing when it is called again', async () => {
    const output = outputFolder();
    const formats = [...new Set(['f16', ...encodedTypes])].sort();
    const args = [
      '--size',
      'tiny',
      '--threads',
      '1',
      '--max-tokens',
      '4',
      '--warmup',
      '0',
      '--min-seconds',
      '0',
      '--no-monitor',
    ];
    const call = () => script('scripts/llamacpp-sweep.ts', [...args, '--json', '--output', output]);
    const first = await call();
    expect(first.code, first.stderr).toBe(0);
    const { sweep, counts, overhead, cells } = JSON.parse(first.stdout);
    expect(sweep).toBe('llamacpp-tiny-formats');
    expect(counts).toMatchObject({ cells: formats.length, completed: formats.length, completedEarlier: 0, failed: 0 });
    expect(overhead.runs).toBe(formats.length);
    expect(cells.map((cell: { options: { quantize: string } }) => cell.options.quantize).sort()).toEqual(formats);
    for (const cell of cells) expect(cell.figures.decode).toBeGreaterThan(10);
    const logs = readdirSync(join(output, 'raw', 'llamacpp'));
    expect(logs).toHaveLength(formats.length);
    expect(readFileSync(join(output, 'raw', 'llamacpp', logs[0] ?? ''), 'utf8')).toContain('"maxTokens":4');

    const again = JSON.parse((await call()).stdout);
    expect(again.counts).toMatchObject({ completed: formats.length, completedEarlier: formats.length });
    expect(again.overhead.runs).toBe(0);
    expect(again.cells.map((cell: { figures: object }) => cell.figures)).toEqual(
      cells.map((cell: { figures: object }) => cell.figures),
    );
  });
});
