/** dashboard.ts as a person starts it. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { outputFolder } from '../../fakes/output-folder.ts';
import { script } from '../../fakes/script.ts';
import { scriptHere } from '../../fakes/script-here.ts';
import { shapedRuns } from '../row-factory.ts';
import { writeTables } from '../table-files.ts';

const output = writeTables(shapedRuns({ frameworks: ['llamacpp', 'onnx'], quantizations: ['F16'], runs: 2 }), {
  tokens: 7,
});
afterAll(() => rmSync(output, { recursive: true, force: true }));

describe('dashboard.ts', () => {
  it('writes one file, and says to programs what is in it', async () => {
    const { code, stdout } = await script('plots/dashboard.ts', ['--output', output, '--json']);
    expect(code).toBe(0);
    const file = join(output, 'dashboard.html');
    const html = readFileSync(file, 'utf8');
    // Four runs, each with a cold answer and a measured one.
    expect(JSON.parse(stdout)).toEqual({ file, bytes: html.length, runs: 4, tokens: 56, answersPerRun: null });
    expect(html).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-`,
    );
    expect(html.match(/<script/g)).toHaveLength(2);
  });

  it('says what to do where nothing was collated', async () => {
    const empty = outputFolder();
    const { code, stderr } = await scriptHere('plots/dashboard.ts', ['--output', empty]);
    expect(code).toBe(3);
    expect(stderr).toContain('nothing has been collated yet');
    expect(existsSync(join(empty, 'dashboard.html'))).toBe(false);
  });
});
