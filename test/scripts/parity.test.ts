/** The parity gate as a person runs it: llama.cpp on the embedded model, compared with its own F32. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RunRecord, recordSchema } from '../../scripts/log/run-log-format.ts';
import { outputFolder } from '../fakes/output-folder.ts';
import { script } from '../fakes/script.ts';
import { scriptHere } from '../fakes/script-here.ts';

const parity = 'scripts/parity.ts';
const quick = ['--size', 'tiny', '--threads', '1', '--frameworks', 'llamacpp'];

function logsIn(output: string): RunRecord[][] {
  const folder = join(output, 'raw', 'llamacpp');
  const logs = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
  return logs.map((lines) => lines.map((line) => recordSchema.parse(JSON.parse(line))));
}

describe('parity.ts', () => {
  it("passes llama.cpp's F16 and Q8_0 against its F32, and has figures for Q4_0", async () => {
    const output = outputFolder();
    const args = [...quick, '--quantize', 'f16,q8_0,q4_0', '--json', '--output', output];
    const { code, stdout } = await script(parity, args);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.references).toMatchObject([
      {
        name: 'llama.cpp f32',
        framework: 'llamacpp',
        quantize: 'f32',
        note: null,
        questions: 26,
        maxTokens: 128,
        standing: { status: 'passed', self: true, figures: { equalAnswers: 26, klMax: 0, top1Agreement: 1 } },
      },
    ]);
    expect(result.notJudged).toEqual([]);
    const [f16, q8, q4] = result.rows;
    for (const [row, quantize, klMean] of [
      [f16, 'f16', 1e-6],
      [q8, 'q8_0', 1e-4],
      [q4, 'q4_0', 1e-2],
    ]) {
      expect(row).toMatchObject({ framework: 'llamacpp', quantize, standing: { status: 'passed', reasons: [] } });
      const { figures, tolerance } = row.standing;
      expect(figures).toMatchObject({ questions: 26, firstDivergence: null });
      expect(figures.equalTokens).toBe(figures.referenceTokens);
      expect(figures.positions).toBe(figures.referenceTokens);
      expect(figures.klMean).toBeGreaterThan(0);
      expect(figures.klMean).toBeLessThan(klMean);
      expect(tolerance.klMean).toBeGreaterThan(figures.klMean);
    }
    expect(q4.standing.figures.klMean).toBeGreaterThan(q8.standing.figures.klMean);
    const logs = logsIn(output);
    expect(logs).toHaveLength(4);
    expect(logs.every((log) => log.filter(({ type }) => type === 'parity').length === 26)).toBe(true);
    expect(new Set(logs.map(([header]) => (header?.type === 'header' ? header.session?.uuid : null)))).toEqual(
      new Set([result.session]),
    );
  });

  it('takes the reference that is named, and as many questions and tokens', async () => {
    const output = outputFolder();
    const args = ['--quantize', 'q4_0', '--reference', 'llamacpp:q8_0', '--parity-questions', '2', '--max-tokens', '8'];
    const { code, stdout, stderr } = await script(parity, [...quick, ...args, '--output', output]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Parity with llama.cpp q8_0 .* 2 questions, at most 8 tokens each\ncompared with llama.cpp in q8_0/,
    );
    expect(stdout).toMatch(/llama\.cpp +q8_0 +2\/2 .*the reference\nllama\.cpp +q4_0 /);
    expect(stderr).toContain(`Raw logs: ${output}/raw`);
    const warnings = logsIn(output).flatMap((log) => log.filter((record) => record.type === 'warning'));
    expect(warnings.filter(({ code }) => code === 'parity_reference')).toHaveLength(1);
  });

  it('fails with exit code 1 where answers differ and nothing explains it', async () => {
    const output = outputFolder();
    // The embedded model has learnt nothing like it, so that its Q4_0 weights answer otherwise than its F16 ones.
    const strange = ['Hello hello hello hello', 'List the seven oceans of Africa.'];
    const questions = strange.map((question, i) => ({ id: `strange-${i}`, question }));
    writeFileSync(join(output, 'strange.json'), JSON.stringify({ questions }));
    const args = ['--quantize', 'f16', '--reference', 'llamacpp:q4_0', '--questions', join(output, 'strange.json')];
    const { code, stdout } = await script(parity, [...quick, ...args, '--output', output]);
    expect(stdout).toMatch(/llama\.cpp +f16 +0\/2 .* token 0 \(gap \d\.\d+\) .* failed/);
    expect(stdout).toMatch(
      /failed llama\.cpp f16\n {2}2 of 2 answers diverge where the reference's own choice was clear/,
    );
    expect(stdout).toMatch(/the mean KL divergence is 0\.\d+ nats, more than 5\.0e-4/);
    expect(code).toBe(1);
  });

  it('ends in order on Ctrl-C and leaves no logits behind', async () => {
    const [output, temporary] = [outputFolder(), outputFolder()];
    const { code } = await script(parity, [...quick, '--output', output], {
      interruptAt: 'checking parity',
      environment: { TMPDIR: temporary },
    });
    expect(code).toBe(130);
    expect(readdirSync(temporary).filter((name) => name.startsWith('tokenlap'))).toEqual([]);
  });

  it.each([
    { args: ['--reference', 'abacus:f32'], code: 2, says: /unknown framework "abacus".*\n.*llamacpp/ },
    { args: ['--reference', 'llamacpp:f33'], code: 2, says: /unknown quantisation "f33"/ },
    { args: ['--frameworks', 'abacus'], code: 2, says: /unknown framework "abacus"/ },
    { args: ['--parity-questions', '0'], code: 2, says: /whole number of 1/ },
    { args: ['--synthetic', '--reference', 'llamacpp:f32', '--quantize', 'q8_0'], code: 2, says: /llamacpp:same/ },
    { args: ['--max-tokens', '600'], code: 2, says: /at least 601 tokens.*\n.*--context 1024/ },
    { args: ['--questions', '/nowhere.json'], code: 3, says: /\/nowhere.json.*no such file/ },
  ])('answers $args with one line and the next step', async ({ args, code, says }) => {
    const ended = await scriptHere(parity, [...quick, ...args, '--output', outputFolder()]);
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr.match(/^error:/gm)).toHaveLength(1);
    expect(ended.stdout).toBe('');
    expect(ended.code).toBe(code);
  });

  it('says what was not judged, and that something is missing', async () => {
    const args = [...quick, '--quantize', 'q8_0', '--reference', 'llamacpp:q3_k_m'];
    const { code, stdout } = await script(parity, [...args, '--output', outputFolder()]);
    expect(stdout).toMatch(
      /Not judged[\s\S]*llama\.cpp +q8_0 +missing +there is no reference for it: q3_k_m is not available/,
    );
    expect(code).toBe(3);
  });

  it('shows every option and examples that begin with its own name', async () => {
    const { code, stdout } = await scriptHere(parity, ['--help']);
    expect(code).toBe(0);
    for (const option of [
      '--frameworks',
      '--reference',
      '--parity-questions',
      '--max-tokens',
      '--questions',
      '--json',
    ]) {
      expect(stdout).toContain(option);
    }
    expect(stdout).toMatch(/Examples:\n {2}npx tsx scripts\/parity.ts/);
  });
});
