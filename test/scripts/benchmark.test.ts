/** The commands as a person types them, on the embedded model. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outputFolder } from '../fakes/output-folder.ts';
import { script } from '../fakes/script.ts';
import { scriptHere } from '../fakes/script-here.ts';

/** One answer to warm up: until no trend is left takes seconds, and on a busy machine many. */
const quick = [
  ...['--size', 'tiny', '--threads', '1', '--max-tokens', '16'],
  ...['--min-seconds', '0', '--warmup', '1'],
];
const single = 'scripts/llamacpp-benchmark.ts';

function logsIn(output: string): string[] {
  return readdirSync(join(output, 'raw', 'llamacpp')).map((name) => join(output, 'raw', 'llamacpp', name));
}

describe('llamacpp-benchmark', () => {
  it('measures the questions, prints JSON and nothing else, and leaves one log', async () => {
    const output = outputFolder();
    const args = [...quick, '--warmup', 'auto', '--seed', '7', '--json', '--output', output];
    const { code, stdout, stderr } = await script(single, args);
    expect(stderr).not.toMatch(/error/);
    const summary = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(summary).toMatchObject({ status: 'completed', framework: 'llamacpp', size: 'tiny', device: 'cpu' });
    expect(summary.answers.count).toBe(26);
    expect(summary.answers.decodeTokensPerSecond.mean).toBeGreaterThan(10);
    expect(summary.quantization).toMatchObject({ asked: 'default', got: 'f16', weightClass: '16-bit' });
    expect(logsIn(output)).toEqual([summary.log]);
    expect(readFileSync(summary.log, 'utf8')).toContain('"seed":7');
  });

  it("measures llama-bench's tests under names of their own", async () => {
    const args = [...quick, '--workload', 'kernel', '--n-prompt', '64', '--n-gen', '16', '--repetitions', '2'];
    const { code, stdout } = await script(single, [...args, '--json', '--output', outputFolder()]);
    expect(code).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary.answers).toBeNull();
    expect(summary.kernel).toMatchObject({ nPrompt: 64, nGen: 16, pp: { count: 2 }, tg: { count: 2 } });
  });

  it('ends in order on Ctrl-C, keeps its log, and leaves no engine behind', async () => {
    const output = outputFolder();
    const args = [...quick, '--iterations', '500', '--output', output];
    const { code, stderr } = await script(single, args, { interruptAt: 'measuring' });
    expect(code).toBe(130);
    expect(stderr).toContain('what was measured is in');
    const [log = ''] = logsIn(output);
    expect(readFileSync(log, 'utf8').trimEnd().split('\n').at(-1)).toContain('"status":"interrupted"');
  });

  it.each([
    { signal: 'SIGTERM' as const, by: /SIGTERM: Stopping; .* A second one ends at once/ },
    { signal: 'SIGHUP' as const, by: /SIGHUP, .*: Stopping; / },
  ])('ends in order at $signal and names it', async ({ signal, by }) => {
    const output = outputFolder();
    const args = [...quick, '--iterations', '500', '--output', output];
    const { code, stderr } = await script(single, args, { interruptAt: 'measuring', interruptWith: signal });
    expect(code).toBe(130);
    expect(stderr).toMatch(by);
    expect(stderr).not.toContain('Ctrl-C');
    const [log = ''] = logsIn(output);
    const end = readFileSync(log, 'utf8').trimEnd().split('\n').at(-1);
    expect(end).toContain('"status":"interrupted"');
    expect(end).toContain(`stopped by ${signal}`);
  });

  it.each([
    { args: ['--nonsense'], code: 2, says: /unknown option '--nonsense'/ },
    {
      args: ['--size', '99B'],
      code: 2,
      says: /no model of size "99B".*\n.*The nearest sizes: \w+, \w+, \w+, \w+, \w+; all \d+: npx/,
    },
    { args: ['--quantize', 'q9_9'], code: 2, says: /unknown quantisation "q9_9"/ },
    { args: ['--size', 'tiny', '--quantize', 'q3_k_m'], code: 3, says: /q3_k_m .*f16, f32, bf16, q8_0, q4_0/ },
    { args: ['--size', 'tiny', '--device', 'abacus'], code: 2, says: /no device "abacus".*\n.*auto, cpu/ },
    { args: ['--size', 'tiny', '--threads', '0'], code: 2, says: /whole number of 1/ },
    { args: ['--size', 'tiny', '--context', '64'], code: 2, says: /at least 129 tokens.*\n.*--context 256/ },
    { args: ['--model', '/nowhere/model.gguf'], code: 3, says: /neither a file nor a model/ },
    { args: ['--size', '1B', '--offline'], code: 3, says: /--synthetic/ },
    { args: ['--size', 'tiny', '--kv-type', 'q99'], code: 2, says: /no KV cache type "q99".*\n.*f16/ },
    { args: ['--size', 'tiny', '--questions', '/nowhere.json'], code: 3, says: /\/nowhere.json.*no such file/ },
  ])('answers $args with one line and the next step', async ({ args, code, says }) => {
    const ended = await scriptHere(single, [...args, '--output', outputFolder()]);
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect(ended.stderr.match(/^error:/gm)).toHaveLength(1);
    expect(ended.stdout).toBe('');
    expect(ended.code).toBe(code);
  });

  it('says at once that it cannot write its results', async () => {
    const file = join(outputFolder(), 'taken');
    writeFileSync(file, '');
    const { code, stderr } = await script(single, [...quick, '--output', join(file, 'deeper')]);
    expect(stderr).toMatch(/taken.*is a file, not a folder/);
    expect(stderr).toMatch(/--output DIR/);
    expect(code).toBe(1);
  });

  it('refuses a model that is cut short or something else', async () => {
    const folder = outputFolder();
    const whole = readFileSync('configs/tiny/tiny-chat-f16.gguf');
    const cut = join(folder, 'cut.gguf');
    const foreign = join(folder, 'foreign.gguf');
    writeFileSync(cut, whole.subarray(0, whole.length - 1000));
    writeFileSync(foreign, 'PK\u0003\u0004 not a model');
    mkdirSync(join(folder, 'out'));
    for (const path of [cut, foreign]) {
      const { code, stderr } = await scriptHere(single, ['--model', path, '--output', join(folder, 'out')]);
      expect(stderr).toMatch(/cannot be used as a model/);
      expect(code).toBe(2);
    }
  });

  it('shows every option and examples that begin with its own name', async () => {
    const { code, stdout } = await script(single, ['--help-all']);
    expect(code).toBe(0);
    for (const option of ['--size', '--quantize', '--iterations', '--kv-type', '--workload', '--anonymize', '--json']) {
      expect(stdout).toContain(option);
    }
    expect(stdout).toMatch(/Examples:\n {2}npx tsx scripts\/llamacpp-benchmark.ts/);
  });
});

describe('benchmark', () => {
  it('compares formats of the weights, interleaved, one fresh process a run', async () => {
    const output = outputFolder();
    const args = ['--frameworks', 'llamacpp', '--quantize', 'f16,int8', '--iterations', '2', '--json'];
    const { code, stdout } = await script('scripts/benchmark.ts', [...quick, ...args, '--output', output]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    const classes = result.classes.map(({ weightClass, rows }: { weightClass: string; rows: { runs: number }[] }) => [
      weightClass,
      rows.map(({ runs }) => runs),
    ]);
    expect(classes).toEqual([
      ['16-bit', [2]],
      ['8-bit', [2]],
    ]);
    const headers = logsIn(output).map((path) => JSON.parse(readFileSync(path, 'utf8').split('\n', 1)[0] ?? ''));
    expect(new Set(headers.map(({ session }) => session.uuid)).size).toBe(1);
    const ordersOf = (kind: string) =>
      headers.filter(({ workload }) => workload === kind).map(({ session }) => session.order);
    expect(ordersOf('qa').sort()).toEqual([0, 1, 2, 3]);
    expect(ordersOf('parity').sort()).toEqual([0, 1, 2]);
    expect(result.references).toMatchObject([{ name: 'llama.cpp f32', note: null, standing: { status: 'passed' } }]);
    for (const { rows } of result.classes) {
      expect(rows).toMatchObject([{ parity: { status: 'passed', reference: 'llama.cpp f32' }, unranked: null }]);
    }
  });

  it('goes on until the intervals are narrow, or the time is up, and says which', async () => {
    const args = ['--frameworks', 'llamacpp', '--no-parity', '--iterations', '3', '--until', '90%', '--json'];
    const { code, stdout } = await script('scripts/benchmark.ts', [...quick, ...args, '--output', outputFolder()]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.stopped).toMatchObject({ kind: 'stop', widest: { name: 'llamacpp f16' } });
    expect(result.classes[0].rows[0].runs).toBe(result.stopped.rounds);
    expect(result.stopped.rounds).toBeGreaterThanOrEqual(3);
  });

  it.each(['0%', 'often', '100%'])('does not take --until %s for a precision', async (until) => {
    const { code, stderr } = await scriptHere('scripts/benchmark.ts', ['--until', until]);
    expect(stderr).toMatch(/percentage above 0 and below 100/);
    expect(code).toBe(2);
  });

  it('measures one cell as two identical ones when asked for the noise floor, and compares neither with its twin', async () => {
    const output = outputFolder();
    const args = ['--frameworks', 'llamacpp', '--iterations', '2', '--no-parity', '--noise-floor', '--json'];
    const { code, stdout } = await script('scripts/benchmark.ts', [...quick, ...args, '--output', output]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.noiseFloor).toMatchObject({ from: 'identical cells', runs: 4 });
    expect(result.classes).toMatchObject([{ rows: [{ runs: 2 }] }]);
    const sessions = logsIn(output).map(
      (path) => JSON.parse(readFileSync(path, 'utf8').split('\n', 1)[0] ?? '').session,
    );
    expect(sessions.map(({ twin = false }) => twin).sort()).toEqual([false, false, true, true]);
    // A run after it cites what was found.
    const { stdout: single } = await script('scripts/llamacpp-benchmark.ts', [...quick, '--json', '--output', output]);
    expect(JSON.parse(single).certificate.noiseFloor).toMatchObject({ share: result.noiseFloor.share });
  });

  it('goes on without what cannot run, and says why', async () => {
    const args = ['--frameworks', 'llamacpp', '--quantize', 'f16,q3_k_m', '--iterations', '1', '--no-parity'];
    const { code, stdout } = await script('scripts/benchmark.ts', [...quick, ...args, '--output', outputFolder()]);
    expect(stdout).toMatch(/^Parity was not checked: only what has equal outputs is ranked/);
    expect(stdout).toMatch(/llama\.cpp +f16 +1[ ,]/);
    expect(stdout).toMatch(/Did not run[\s\S]*q3_k_m/);
    expect(code).toBe(1);
  });

  it('measures what goes with the options, and lists what does not', async () => {
    const output = outputFolder();
    const args = ['--frameworks', 'llamacpp,mlc,onnx', '--iterations', '1', '--device', 'cpu', '--no-parity'];
    const { code, stdout } = await script('scripts/benchmark.ts', [...quick, ...args, '--output', output]);
    expect(stdout).toMatch(/llama\.cpp +f16 +1[ ,]/);
    expect(stdout).toMatch(/ONNX Runtime +f16 +1[ ,]/);
    expect(stdout).toMatch(/MLC +default +incompatible +MLC has no device "cpu"\. Devices of MLC: auto, webgpu\./);
    expect(code).toBe(0);
    const none = await script('scripts/benchmark.ts', ['--frameworks', 'mlc', '--device', 'cpu', '--output', output]);
    expect(none.code).toBe(2);
  });

  it('logs a framework that is missing, so that the report can say why', async () => {
    const output = outputFolder();
    const args = ['--frameworks', 'mlc', '--browser', '/nowhere/chromium', '--output', output];
    const { code, stdout } = await script('scripts/benchmark.ts', [...quick, ...args]);
    expect(stdout).toMatch(/MLC +default +missing +.*\/nowhere\/chromium/);
    expect(code).toBe(3);
    const [log = ''] = readdirSync(join(output, 'raw', 'mlc'));
    const [header, end] = readFileSync(join(output, 'raw', 'mlc', log), 'utf8')
      .trimEnd()
      .split('\n');
    expect(header).toContain('"framework":{"name":"mlc"');
    expect(end).toMatch(/"status":"missing".*\/nowhere\/chromium/);
  });

  it('starts our own endpoint where a server is named and none is given', async () => {
    const output = outputFolder();
    // Of short answers a busy machine may get the text in so few pieces that they tell no rate.
    const args = [
      '--frameworks',
      'openai',
      '--iterations',
      '1',
      '--parity-questions',
      '4',
      '--json',
      '--max-tokens',
      '64',
    ];
    const { code, stdout } = await script('scripts/benchmark.ts', [...quick, ...args, '--output', output]);
    expect(code).toBe(0);
    const [{ rows }] = JSON.parse(stdout).classes;
    expect(rows).toMatchObject([{ framework: 'openai', runs: 1, parity: { status: 'passed' } }]);
    const [log = ''] = readdirSync(join(output, 'raw', 'openai'));
    const text = readFileSync(join(output, 'raw', 'openai', log), 'utf8');
    expect(text).toMatch(/"type":"effective".*"device":"cpu"/);
    expect(text).toContain('"code":"own_endpoint"');
  });

  it.each([
    ['--accuracy-level', '9', /whole number of 0 to 4/],
    ['--llamacpp-build', 'natve', /Allowed: auto, native, prebuilt\. .*native/],
    ['--prompt-as', 'words', /Allowed: auto, ids, messages/],
    ['--page-port', 'x', /whole number of 0 to 65535/],
  ])('refuses %s %s before anything is started', async (option, value, says) => {
    const output = outputFolder();
    const { code, stderr } = await scriptHere('scripts/benchmark.ts', [...quick, option, value, '--output', output]);
    expect(stderr).toMatch(says);
    expect(code).toBe(2);
    expect(readdirSync(output)).toEqual([]);
  });

  it('does not know a framework that is not there', async () => {
    const { code, stderr } = await script('scripts/benchmark.ts', ['--frameworks', 'abacus']);
    expect(stderr).toMatch(/unknown framework "abacus".*\n.*llamacpp/);
    expect(code).toBe(2);
  });
});

describe('chat', () => {
  it('answers a question from the command line', async () => {
    const args = ['--prompt', 'What is the capital of France?', '--threads', '1', '--output', outputFolder()];
    const { code, stdout } = await script('scripts/chat.ts', args);
    expect(stdout).toBe('The capital of France is Paris.\n');
    expect(code).toBe(0);
  });

  it('answers a question from a pipe, and leaves a log that says so', async () => {
    const output = outputFolder();
    const { stdout } = await script('scripts/chat.ts', ['--threads', '1', '--output', output], {
      input: 'What is 9 - 4?\n',
    });
    expect(stdout).toBe('5\n');
    const [log = ''] = logsIn(output);
    expect(readFileSync(log, 'utf8')).toMatch(/"workload":"chat"[\s\S]*"status":"completed"/);
  });

  it('needs a question when nobody can be asked', async () => {
    const { code, stderr } = await script('scripts/chat.ts', [], { input: '' });
    expect(stderr).toMatch(/there is no question/);
    expect(code).toBe(2);
  });
});
