/** What users of other tools type first: a script of ours that takes the words, or a line that says what to type. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../../scripts/command-line/errors.ts';
import { commandOfScript, commands, repository } from '../../../scripts/tokenlap/commands.ts';
import { meaningOf } from '../../../scripts/tokenlap/dispatch.ts';
import { programOf } from '../../../scripts/tokenlap/offers.ts';
import { otherCommands } from '../../../scripts/tokenlap/other-commands.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
afterEach(() => void vi.restoreAllMocks());

/** The script and the values that its command line gives; or the line for the person. */
async function answerTo(
  line: string,
): Promise<{ script: string; values: object } | { says: string; exitCode: number }> {
  try {
    const meaning = await meaningOf(line.split(' ').filter(Boolean));
    if ('text' in meaning) {
      await meaning.text();
      return { script: 'text', values: {} };
    }
    const program = await programOf(meaning.script);
    const [sub] = meaning.words;
    const leaf = program.commands.find((command) => command.name() === sub) ?? program;
    const words = leaf === program ? meaning.words : meaning.words.slice(1);
    const action = vi.spyOn(leaf, 'action');
    const values = leaf === program ? leaf.parse([...words], { from: 'user' }).opts() : { sub, words };
    action.mockRestore();
    return { script: meaning.script, values };
  } catch (error) {
    if (error instanceof UserError) return { says: `${error.message} ${error.remedy}`, exitCode: error.exitCode };
    if (error instanceof CommanderError) return { says: error.message.replaceAll(/\s*\n\s*/g, ' '), exitCode: 2 };
    throw error;
  }
}

describe('a result', () => {
  it.each([
    [
      'benchmark -m model.gguf -p 512 -n 128',
      'scripts/benchmark.ts',
      { model: 'model.gguf', nPrompt: 512, nGen: 128, workload: 'kernel' },
    ],
    ['bench -m model.gguf -ngl 99 -fa 1', 'scripts/benchmark.ts', { gpuLayers: 99, flashAttention: 'on' }],
    [
      'llama-bench -m model.gguf -p 64 -n 16 -r 3',
      'scripts/llamacpp-benchmark.ts',
      { workload: 'kernel', repetitions: 3 },
    ],
    ['llama-cli -m model.gguf -p Hi', 'scripts/chat.ts', { prompt: 'Hi', framework: ['llamacpp'] }],
    ['run llama.cpp -m model.gguf -t 2', 'scripts/llamacpp-benchmark.ts', { threads: 2 }],
    ['torch --size tiny', 'scripts/pytorch-benchmark.ts', { size: 'tiny' }],
    ['run ollama --url http://127.0.0.1:9 --size 1B', 'scripts/openai-benchmark.ts', { size: '1B' }],
    ['benchmark --runs 10 --warmup 3', 'scripts/benchmark.ts', { iterations: 10, warmUp: 3 }],
    ['hyperfine --runs 4', 'scripts/benchmark.ts', { iterations: 4 }],
    ['ollama run llama3.2:1b', 'scripts/chat.ts', { model: 'llama3.2:1b' }],
    ['pull llama3.2:1b', 'scripts/models.ts', { sub: 'fetch' }],
    ['list', 'scripts/models.ts', { sub: 'list' }],
    ['ollama list', 'scripts/models.ts', { sub: 'list' }],
    ['show tiny', 'scripts/models.ts', { sub: 'inspect' }],
    ['serve', 'scripts/serve.ts', {}],
    ['serve -m tiny -np 2 --port 0', 'scripts/serve.ts', { sequences: 2, port: 0 }],
    ['vllm serve meta-llama/Llama-3.2-1B-Instruct --max-model-len 2048', 'scripts/serve.ts', { contextTokens: 2048 }],
    [
      'vllm bench serve --base-url http://127.0.0.1:9 --request-rate 2',
      'scripts/openai-benchmark.ts',
      { load: expect.anything() },
    ],
    ['load --url http://127.0.0.1:9', 'scripts/openai-benchmark.ts', { load: expect.anything() }],
    ['lm_eval --tasks arithmetic --limit 10', 'scripts/verifiers-sweep.ts', { items: 10 }],
    ['eval --size tiny', 'scripts/verifiers-sweep.ts', { size: 'tiny' }],
    ['compare', 'collate/analyze.ts', {}],
    ['compare --reference onnx', 'collate/analyze.ts', { reference: 'onnx' }],
    ['compare before after --metric all', 'collate/compare.ts', { metric: ['all'] }],
    ['sweep llamacpp --size tiny', 'scripts/llamacpp-sweep.ts', { size: 'tiny' }],
    ['--version', 'text', {}],
    ['help', 'text', {}],
    ['help completion', 'text', {}],
    ['help run', 'text', {}],
    ['', 'text', {}],
  ])('tokenlap %s', async (line, script, values) => {
    expect(await answerTo(line)).toMatchObject({ script, values });
  });
});

describe('a pointer', () => {
  it.each([
    ['run llama3.2:1b', 'npx tokenlap chat --model llama3.2:1b'],
    ['llama3.2:1b', 'npx tokenlap benchmark --model llama3.2:1b'],
    ['model.gguf', 'npx tokenlap benchmark --model model.gguf'],
    ['-m model.gguf -p 512', 'npx tokenlap benchmark -m model.gguf -p 512'],
    ['run', 'npx tokenlap run'],
    ['run -m model.gguf', 'npx tokenlap run llamacpp -m model.gguf'],
    ['run tiny', 'npx tokenlap benchmark --model tiny'],
    ['run llama3.2', 'npx tokenlap chat --model llama3.2'],
    ['vllm bench', 'npx tokenlap load --url URL'],
    ['run llamacp', 'Did you mean llamacpp?'],
    ['benchmrk', 'Did you mean benchmark?'],
    ['nonsense', 'npx tokenlap help'],
    ['ps', 'npx tokenlap doctor'],
    ['rm llama3.2:1b', 'npx tokenlap models list'],
    ['serve llama3.2:1b', '--model llama3.2:1b'],
    ['vllm bench latency --model x', 'npx tokenlap run FRAMEWORK'],
    ['bench throughput', 'npx tokenlap pool'],
    ['lm_eval --model hf --model_args pretrained=x --tasks arithmetic', '--model NAME'],
    ['benchmark -t 1,2,4', 'sweep'],
    ['benchmark --export-json out.json', '--json > FILE'],
    ['benchmark --treads 2', 'Did you mean --threads?'],
    ['hyperfine sleep', '--model sleep'],
    ['completion bsh', 'Did you mean one of bash, zsh?'],
  ])('tokenlap %s', async (line, says) => {
    const answer = await answerTo(line);
    expect(answer).toMatchObject({ exitCode: 2, says: expect.stringContaining(says) });
    expect(answer).toMatchObject({ says: expect.stringMatching(/^[^\n]+$/) });
  });
});

it('help about a server asks no server', async () => {
  const fetched = vi.spyOn(globalThis, 'fetch');
  expect(await meaningOf(['help', 'vllm'])).toEqual({ script: 'scripts/openai-benchmark.ts', words: ['--help'] });
  expect(await meaningOf(['run', 'ollama', '--help'])).toMatchObject({ script: 'scripts/openai-benchmark.ts' });
  expect(fetched).not.toHaveBeenCalled();
});

it("hyperfine's command is no name of a model", async () => {
  const program = await programOf('scripts/benchmark.ts');
  const parse = () => program.parse(['--runs', '5', 'sleep 1'], { from: 'user' });
  expect(parse).toThrow(UserError);
  expect(parse).toThrow(expect.objectContaining({ remedy: expect.stringMatching(/not commands.* 'sleep 1'/) }));
});

it('every command has a script that is there, and every name once', () => {
  for (const { script } of commands) if (script !== undefined) expect(existsSync(join(repository, script))).toBe(true);
  const names = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
});

it('every command of another tool begins one of ours, and hides none', async () => {
  for (const [typed, command] of otherCommands()) {
    if ('means' in command) expect(await meaningOf([...command.means])).toBeDefined();
    expect(commands.map(({ name }) => name)).not.toContain(typed);
  }
});

it.each([
  ['scripts/benchmark.ts', 'npx tokenlap benchmark'],
  ['collate/all.ts', 'npx tokenlap collate'],
  ['scripts/llamacpp-benchmark.ts', 'npx tokenlap run llamacpp'],
  ['scripts/openai-benchmark.ts', 'npx tokenlap run openai'],
  ['scripts/llamacpp-sweep.ts', 'npx tokenlap sweep llamacpp'],
  ['scripts/overhead.ts', 'npx tokenlap overhead'],
  ['scripts/no-such.ts', undefined],
])('%s is started by %s', async (script, command) => {
  expect(commandOfScript(script)).toBe(command);
  if (command !== undefined) expect(await meaningOf(command.split(' ').slice(2))).toMatchObject({ script });
});

it('help is worded as it was asked for', () => {
  const help = (...words: string[]) =>
    execFileSync(process.execPath, words, { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const asked = help('scripts/tokenlap.js', 'help', 'models', 'fetch');
  expect(asked).toContain('Usage: npx tokenlap models fetch [options] <size>');
  expect(asked).toContain('npx tokenlap models fetch 1B\n');
  expect(asked).not.toMatch(/Examples:[\s\S]*npx tsx/);
  expect(help('--import', 'tsx', 'collate/all.ts', '--help')).toContain('npx tsx collate/all.ts --rebuild');
}, 60_000);
