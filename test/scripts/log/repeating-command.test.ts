/** Printed commands stand for the header that they are made of: parsed by the real scripts, they ask for the same. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { optionName, pythonOptions } from '../../../scripts/command-line/parsing/framework-options.ts';
import { commandOfScript } from '../../../scripts/command-line/parsing/script-settings.ts';
import { shellLine } from '../../../scripts/command-line/shell-line.ts';
import { sessionRunPlan } from '../../../scripts/compare/session.ts';
import { sessionOptions, sessionProgram } from '../../../scripts/compare/session-options.ts';
import { frameworkNamed, frameworks } from '../../../scripts/frameworks/registry.ts';
import { recordedValues } from '../../../scripts/log/recorded-values.ts';
import { equivalentCommand, scriptOf } from '../../../scripts/log/repeating-command.ts';
import type { Header } from '../../../scripts/log/run-log-format.ts';
import { describeHost } from '../../../scripts/machine/facts/host.ts';
import { modelRequestOf } from '../../../scripts/models/model-options.ts';
import { choiceOf, type ModelRequest, type ResolvedModel } from '../../../scripts/models/resolve.ts';
import { headerOf } from '../../../scripts/run/run-header.ts';
import type { RunPlan } from '../../../scripts/run/run-plan.ts';
import { readQuestions } from '../../../scripts/workloads/questions/questions.ts';
import { singleRunPlan, singleRunProgram } from '../../../scripts/workloads/single-run.ts';
import { header as headerLike, uuidOf } from '../../collate/run-records.ts';
import { programs } from './programs.ts';

const variables = [...pythonOptions, ...frameworks.flatMap(({ options = [] }) => options)];

// Whatever the shell of the tests has set is no default.
beforeEach(() => {
  vi.unstubAllEnvs();
  for (const { variable } of variables) delete process.env[variable];
});

const folder = mkdtempSync(join(tmpdir(), 'tokenlap-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const questions = join(folder, "it's my $HOME questions.json");
writeFileSync(questions, JSON.stringify({ questions: [{ id: 'q', question: 'What?', answer: null }] }));

/** As resolveModel would find it: what was asked for decides the record. */
function modelOf(request: ModelRequest): ResolvedModel {
  const { model } = headerLike(1, 'any');
  const source = request.synthetic ? 'synthetic' : request.path === undefined ? 'embedded' : 'path';
  const quantization = { ...model.quantization, asked: request.quantize };
  const record = { ...model, contextLength: 4096, source, asked: choiceOf(request), quantization } as const;
  return { path: '/m.gguf', record, chatTemplate: null, bosToken: null, eosToken: null, addBosToken: false };
}

async function headerFor(plan: RunPlan): Promise<Header> {
  const host = await describeHost(plan.anonymize);
  return headerOf(plan, { uuid: uuidOf(1), startedAt: '2026-03-01T12:00:00.000Z', version: '1', host });
}

/** What decides a measurement, of all that a header says. */
function askedOf({ workload, requested, seed, questions: set, session, model, host, framework }: Header) {
  const { asked, source, quantization } = model;
  const { options } = session ?? {};
  return [
    ...[workload, requested, seed, set, options, asked, source, quantization.asked],
    ...[host.anonymized, framework.name, framework.settings],
  ];
}

async function singleHeader(framework: string, words: readonly string[]): Promise<Header> {
  const { parsed, underLoad } = singleRunProgram(frameworkNamed(framework));
  const options = parsed.parse([...words], { from: 'user' }).opts();
  const request = modelRequestOf(options, { seed: options.seed, formats: [], modelFormats: undefined });
  return headerFor(await singleRunPlan(frameworkNamed(framework), modelOf(request), options, underLoad?.opts()));
}

/** In each option in turn, another value than the default. */
const singleRows: ReadonlyArray<[framework: string, ...words: string[]]> = [
  ['llamacpp'],
  ['llamacpp', '--seed', '7'],
  ['llamacpp', '--threads', '1'],
  ['llamacpp', '--device', 'cpu'],
  ['llamacpp', '--gpu-layers', 'max'],
  ['llamacpp', '--gpu-layers', '3'],
  ['llamacpp', '--context', '777'],
  ['llamacpp', '--batch', '64'],
  ['llamacpp', '--flash-attention', 'on'],
  ['llamacpp', '--kv-type', 'q8_0'],
  ['llamacpp', '--llamacpp-build', 'prebuilt'],
  ['llamacpp', '--timeout', '77'],
  ['llamacpp', '--no-monitor'],
  ['llamacpp', '--no-conditions'],
  ['llamacpp', '--anonymize'],
  ['llamacpp', '--size', '135M'],
  ['llamacpp', '--size', '3B', '--algorithm', 'qwen2', '--synthetic'],
  ['llamacpp', '--model', "/models/it's $mine & others.gguf"],
  ['llamacpp', '--quantize', 'q4_0'],
  ['llamacpp', '--temperature', '0.7'],
  ['llamacpp', '--max-tokens', '33'],
  ['llamacpp', '--warmup', '3'],
  ['llamacpp', '--questions', questions],
  ['llamacpp', '--ignore-eos'],
  ['llamacpp', '--iterations', '4'],
  ['llamacpp', '--iterations', '1'],
  ['llamacpp', '--min-seconds', '0.5'],
  ['llamacpp', '--iterations', '3', '--min-seconds', '1'],
  ['llamacpp', '--first-round', '2'],
  ['llamacpp', '--workload', 'embedding', '--embed-batch', '3', '--min-seconds', '4'],
  ['llamacpp', '--workload', 'kernel'],
  ['llamacpp', '--workload', 'kernel', '--n-prompt', '64', '--n-gen', '16', '--depth', '9', '--repetitions', '2'],
  ['llamacpp', '--llamacpp-build', 'prebuilt'],
  ['llamacpp', '--profile'],
  ['tinygrad', '--tinygrad-beam', '2'],
  ['hybrid', '--tinygrad-beam', '0'],
  ['pytorch', '--precision', 'bfloat16'],
  ['pytorch', '--compile'],
  ['pytorch', '--device-count', '2', '--shard', 'heads'],
  ['pytorch', '--python', '/opt/a python/bin/python3'],
  ['tinygrad', '--python-path', '/src/tinygrad'],
  ['onnx', '--accuracy-level', '0'],
  ['onnx', '--graph', '/graphs/model.onnx'],
  ['mlc', '--browser-arg=--use-angle=vulkan', '--browser-arg=--no-sandbox', '--headed', '--page-port', '8123'],
  ['mlc', '--model-lib', 'lib.wasm', '--web-llm', 'w', '--browser', '/b', '--browser-url', 'http://127.0.0.1:9'],
  ['openai', '--url', 'http://127.0.0.1:8080', '--server-model', 'm', '--api-key-env', 'KEY', '--prompt-as', 'ids'],
  ['openai', '--load', 'concurrency=8', '--load-seconds', '2.5', '--load-warmup', '3', '--request-timeout', '9'],
  ['openai', '--load', 'ramp', '--slo', 'ttft=500,tpot=50'],
];

const sessionRows: ReadonlyArray<readonly string[]> = [
  [],
  ['--iterations', '8'],
  ['--min-seconds', '0.5'],
  ['--no-parity'],
  ['--parity-questions', '4'],
  ['--reference', 'llamacpp:same'],
  ['--noise-floor'],
  ['--retry', '2'],
  ['--until', '2.3%', '--until-minutes', '7'],
  ['--threads', '1', '--max-tokens', '64', '--temperature', '0.5'],
  ['--size', '1B', '--synthetic', '--quantize', 'q8_0', '--workload', 'kernel', '--n-gen', '32'],
  ['--accuracy-level', '0', '--python', '/py'],
];

async function sessionHeader(words: readonly string[]): Promise<Header> {
  const framework = frameworkNamed('onnx');
  const options = sessionOptions(
    sessionProgram()
      .parse([...words], { from: 'user' })
      .opts(),
    [framework],
  );
  const model = modelOf(options.modelRequest(framework, options.quantizations[0] ?? '', []));
  return headerFor(await sessionRunPlan({ framework, model }, { uuid: uuidOf(2), order: 0, iteration: 0 }, options));
}

/** The words that a POSIX shell makes of the printed line. */
function readByShell(words: readonly string[]): string[] {
  const line = `for word in ${shellLine(words)}; do printf '%s\\0' "$word"; done`;
  return execFileSync('sh', ['-c', line], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

describe('the command of a single run asks for what its header says', () => {
  it.each(singleRows.map(([framework, ...words]) => ({ framework, words, typed: words.join(' ') })))(
    '$framework $typed',
    async ({ framework, words }) => {
      const recorded = await singleHeader(framework, words);
      const script = scriptOf(recorded);
      const printed = readByShell(equivalentCommand(recorded, script ?? ''));
      expect(printed.slice(0, 3)).toEqual(['npx', 'tsx', `scripts/${framework}-benchmark.ts`]);
      const again = await singleHeader(framework, printed.slice(3));
      expect(askedOf(again)).toEqual(askedOf(recorded));
    },
  );

  it('and says nothing of defaults, but the threads, which are those of the machine', async () => {
    const recorded = await singleHeader('llamacpp', []);
    const words = equivalentCommand(recorded, 'scripts/llamacpp-benchmark.ts');
    expect(words).toEqual([
      'npx',
      'tsx',
      'scripts/llamacpp-benchmark.ts',
      '--threads',
      String(recorded.requested.threads),
    ]);
  });
});

describe('the command of a session asks for what the header of its runs says', () => {
  it.each(sessionRows.map((words) => ({ words, typed: words.join(' ') })))('$typed', async ({ words }) => {
    const recorded = await sessionHeader(words);
    const printed = readByShell(equivalentCommand(recorded, scriptOf(recorded) ?? ''));
    expect(printed.slice(0, 3)).toEqual(['npx', 'tsx', 'scripts/benchmark.ts']);
    expect(askedOf(await sessionHeader(printed.slice(3)))).toEqual(askedOf(recorded));
  });
});

describe('the options of every script', () => {
  it.each(Object.keys(programs))('%s are those that a command is written with', (script) => {
    const ofFrameworks = frameworks.flatMap(({ options = [] }) => options.map(optionName));
    const written = commandOfScript(script, {}).options;
    const known = new Map(written.map((option) => [option.long, option]));
    const options = programs[script]?.().options ?? [];
    expect(options.length).toBeGreaterThan(10);
    for (const option of options.filter((each) => !ofFrameworks.includes(each.attributeName()))) {
      const { long = '', defaultValue } = option;
      const same = known.get(long);
      expect([long, same?.attributeName()]).toEqual([long, option.attributeName()]);
      if (!['--framework', '--data', '--quantize'].includes(long)) expect(same?.defaultValue).toEqual(defaultValue);
    }
  });

  it.each(['llamacpp', 'onnx', 'openai'])('of %s-benchmark.ts each stand in the table above', (framework) => {
    const told = singleRows.flat().map((word) => word.split('=')[0]);
    const notTold = ['--output', '--json', '--offline', '--hub-url', '--tag'];
    const missing = singleRunProgram(frameworkNamed(framework))
      .parsed.options.map(({ long }) => long ?? '')
      .filter((long) => !told.includes(long) && !notTold.includes(long));
    expect(missing).toEqual([]);
  });
});

describe('headers of other scripts', () => {
  const parsed = (header: Header) => {
    const script = scriptOf(header) ?? '';
    const words = equivalentCommand(header, script);
    return programs[script]?.().parse(words.slice(3), { from: 'user' }).opts();
  };

  it('of parity', async () => {
    const { sha256 } = await readQuestions(questions);
    const requested = { threads: 3, maxTokens: 20, temperature: 0, reference: 'pytorch:f16' };
    const set = { file: 'q.json', path: questions, sha256, count: 5 };
    expect(parsed(headerLike(1, 'onnx', { workload: 'parity', requested, questions: set }))).toMatchObject({
      ...{ frameworks: ['onnx'], threads: 3, maxTokens: 20, parityQuestions: 5, questions },
      reference: { name: 'pytorch:f16' },
    });
  });

  it('of perplexity', () => {
    const requested = { threads: 3, text: 'b.txt', textPath: '/a b.txt', chunkTokens: 64, chunks: 7, reference: null };
    expect(parsed(headerLike(1, 'onnx', { workload: 'perplexity', requested }))).toMatchObject({
      ...{ frameworks: ['onnx'], threads: 3, text: '/a b.txt', chunkTokens: 64, chunks: 7, reference: false },
    });
  });

  it('of accuracy', () => {
    const requested = {
      threads: 3,
      tasks: 'arithmetic:2,jsonl:/a b.jsonl',
      items: 9,
      maxTokens: null,
      temperature: 0.5,
    };
    expect(parsed(headerLike(1, 'onnx', { workload: 'accuracy', requested }))).toMatchObject({
      ...{ tasks: ['arithmetic:2'], data: ['/a b.jsonl'], items: 9, temperature: 0.5, fresh: true, text: false },
    });
  });

  it('of a pool', () => {
    const requested = {
      ...{ threads: 1, pool_engines: '1,2,4,6', pool_sequences: '', pool_models: '', pool_faults: 'out_of_memory' },
      ...{ cycles: 2, secondsPerLevel: 3, retries: 4, maxTokens: 12, temperature: 0 },
    };
    expect(parsed(headerLike(1, 'onnx', { workload: 'pool', requested }))).toMatchObject({
      ...{ framework: 'onnx', engines: 6, sequences: 0, faults: ['out_of_memory'] },
      ...{ cycles: 2, secondsPerLevel: 3, retries: 4, maxTokens: 12 },
    });
  });

  it('of older logs say what stands on their command line', () => {
    const command = ['tsx', 'scripts/openai-benchmark.ts', '--url', 'http://h:1', '--model', 'a b.gguf', '--no-parity'];
    const { url, model, parity } = recordedValues(headerLike(1, 'openai', { command }));
    expect([url, model, parity]).toEqual(['http://h:1', 'a b.gguf', false]);
  });
});
