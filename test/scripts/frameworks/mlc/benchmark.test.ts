/** scripts/mlc-benchmark.ts as a person starts it, with a double in the place of web-llm. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { script } from '../../../fakes/script.ts';
import { itInBrowser } from '../../engine/browser/in-browser.ts';
import { libraryBytes, writeModel, writeWebLlmDouble } from './mlc-folders.ts';

let folder: string;
let environment: Record<string, string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenlap-mlc-'));
  const library = join(folder, 'library.wasm');
  writeFileSync(library, libraryBytes('TVMFFIWasmSafeCall'));
  environment = {
    TOKENLAP_WEB_LLM: await writeWebLlmDouble(join(folder, 'web-llm')),
    TOKENLAP_MODEL_LIB: library,
    // Profiles of its browsers lie there, by which they are found.
    TMPDIR: folder,
  };
});
afterAll(() => rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 100 }));

const shortRun = ['--device', 'webgpu', '--max-tokens', '4', '--warmup', '0', '--min-seconds', '0'];

function benchmark(
  args: readonly string[],
  change: { interruptAt?: string; environment?: Record<string, string> } = {},
) {
  const output = join(folder, 'output');
  rmSync(output, { recursive: true, force: true });
  return script('scripts/mlc-benchmark.ts', [...args, '--output', output], {
    ...change,
    environment: { ...environment, ...change.environment },
  });
}

/** The only log. */
function records(): Array<Record<string, unknown>> {
  const logs = join(folder, 'output', 'raw', 'mlc');
  const [log] = readdirSync(logs);
  return readFileSync(join(logs, log ?? ''), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function expectNoBrowser(): Promise<void> {
  const browsers = () =>
    execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
      .split('\n')
      .filter((args) => args.includes(`--user-data-dir=${folder}`));
  for (let waited = 0; browsers().length > 0 && waited < 3000; waited += 100) await sleep(100);
  expect(browsers()).toEqual([]);
}

describe('scripts/mlc-benchmark.ts', () => {
  itInBrowser('measures, and writes what it measured on what into the log', async () => {
    const model = writeModel(join(folder, 'whole'));
    const ended = await benchmark([...shortRun, '--model', model]);
    expect(ended.code, ended.stderr).toBe(0);
    const log = records();
    expect(log[0]).toMatchObject({
      type: 'header',
      framework: { name: 'mlc', version: 'web-llm 0.0.1' },
      model: { quantization: { got: 'q4f32_1', weightClass: '4-bit' }, fileBytes: 96, weightBytesPerToken: 32 },
    });
    expect(log.find(({ type }) => type === 'effective')).toMatchObject({
      device: 'webgpu',
      settings: { clockResolutionNs: expect.any(Number), clockErrorNs: expect.any(Number) },
      build: { browser: expect.any(String), 'adapter.software': expect.any(Boolean) },
    });
    expect(log.find(({ type }) => type === 'statistics')).toMatchObject({
      values: { 'adapter.features': expect.any(String), 'limit.maxBufferSize': expect.any(Number) },
    });
    const answers = log.filter(({ type, phase }) => type === 'answer' && phase === 'measured');
    expect(answers.length).toBeGreaterThan(20);
    expect(log.some(({ type, residentBytes }) => type === 'memory' && Number(residentBytes) > 100e6)).toBe(true);
    expect(log.at(-1)).toMatchObject({ type: 'end', status: 'completed' });
    await expectNoBrowser();
  });

  itInBrowser('ends at Ctrl-C with a log that says so, and without a browser', async () => {
    const model = writeModel(join(folder, 'hanging'), { config: { double: { hangsAt: 1 } } });
    const ended = await benchmark([...shortRun, '--model', model], { interruptAt: 'warming up' });
    expect(ended.code, ended.stderr).toBe(130);
    expect(records().at(-1)).toMatchObject({ type: 'end', status: 'interrupted' });
    await expectNoBrowser();
  });

  it('says that there is no browser, before it asks for a model', async () => {
    const ended = await benchmark(['--size', '1B'], { environment: { TOKENLAP_BROWSER: '/no/browser' } });
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/error: there is no browser \/no\/browser\n/);
    expect(ended.stderr).toMatch(/next: .*--browser/);
  });

  it('hands its options on as variables, and shows them in its help', async () => {
    const ended = await benchmark(['--size', '1B', '--browser', '/no/other']);
    expect(ended.stderr).toMatch(/there is no browser \/no\/other/);
    const port = await benchmark(['--size', '1B', '--page-port', 'x']);
    expect(port.stderr).toMatch(/error: option '--page-port <port>'.* whole number of 0 to 65535/);
    const help = await benchmark(['--help']);
    expect(help.stdout).toMatch(/--model-lib <file>[^-]+TOKENLAP_MODEL_LIB/);
    expect(help.stdout).toMatch(/--browser-url <url>/);
  });

  itInBrowser('refuses a model that there is not for it with one line', async () => {
    const ended = await benchmark(['--size', 'tiny', '--device', 'webgpu']);
    expect(ended.stderr).toMatch(/error: Tokenlap tiny chat is not available in MLC's format\n/);
    expect(ended.code).toBe(3);
  });
});
