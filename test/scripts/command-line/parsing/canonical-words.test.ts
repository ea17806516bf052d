import { afterEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../../../scripts/command-line/errors.ts';
import { canonicalWords } from '../../../../scripts/command-line/parsing/canonical-words.ts';
import { familiarFlags, pointedFlags } from '../../../../scripts/command-line/parsing/familiar-flags.ts';
import { sessionProgram } from '../../../../scripts/compare/session-options.ts';
import { frameworkNamed } from '../../../../scripts/frameworks/registry.ts';
import { programOf } from '../../../../scripts/tokenlap/offers.ts';
import { accuracyProgram } from '../../../../scripts/workloads/accuracy/accuracy-options.ts';
import { singleRunProgram } from '../../../../scripts/workloads/single-run.ts';

const chat = await programOf('scripts/chat.ts');
const serve = await programOf('scripts/serve.ts');
const pool = await programOf('scripts/resource-pool-benchmark.ts');
const collate = await programOf('collate/all.ts');
const single = singleRunProgram(frameworkNamed('llamacpp')).parsed;
const client = singleRunProgram(frameworkNamed('openai')).parsed;
const words = (line: string) => line.split(' ').filter((word) => word !== '');

afterEach(() => void vi.restoreAllMocks());

describe('flags of other tools', () => {
  it.each([
    ['llama-bench', sessionProgram(), '-m ./m.gguf -ngl 99 -t 4', '--model ./m.gguf --gpu-layers 99 --threads 4'],
    ['all layers', single, '-ngl all', '--gpu-layers max'],
    ['layers left to the engine', single, '-ngl -1', '--gpu-layers auto'],
    ['pp and tg', single, '-p 512 -n 128 -r 5', '--n-prompt 512 --n-gen 128 --repetitions 5 --workload kernel'],
    ['attached', single, '-p512 -t8', '--n-prompt 512 --threads 8 --workload kernel'],
    ['a workload that is said', single, '-p 64 --workload qa', '--n-prompt 64 --workload qa'],
    ['llama-cli in a chat', chat, '-m 1B -p Hello -n 32', '--model 1B --prompt Hello --max-tokens 32'],
    ['context and batch', single, '-c 4096 -b 256 --ctx-size=4096', '--context 4096 --batch 256'],
    ['flash attention', single, '-fa 1', '--flash-attention on'],
    ['flash attention, bare', single, '-fa -t 2', '--flash-attention on --threads 2'],
    ['flash attention, off', single, '-fa 0 --size tiny', '--flash-attention off --size tiny'],
    ['both kv types', single, '-ctk q8_0 -ctv q8_0', '--kv-type q8_0'],
    ['a repository', single, '-hf owner/Model-GGUF:Q4_K_M', '--model owner/Model-GGUF --quantize Q4_K_M'],
    ['JSON', single, '-o json', '--json'],
    ['an old name', single, '--no-conditions', '--no-monitor'],
    ['no warm-up', single, '--no-warmup --size tiny', '--warmup 0 --size tiny'],
    ['hyperfine', sessionProgram(), '--runs 10 --warmup 3', '--iterations 10 --warmup 3'],
    ['vllm serve', serve, '--max-model-len 4096 --served-model-name x', '--context 4096 --model-name x'],
    ['tensor parallel', serve, '--tensor-parallel-size 2', '--device-count 2 --shard heads'],
    ['one device', serve, '-tp 1', '--device-count 1'],
    ['dtype', single, '--dtype half', '--precision float16'],
    ['vllm bench serve', client, '--base-url http://h:1 --request-rate 4', '--url http://h:1 --load poisson=4'],
    ['concurrency', client, '--max-concurrency 8', '--load concurrency=8'],
    ['lm-eval', accuracyProgram(), '--tasks arithmetic --limit 20', '--tasks arithmetic --items 20'],
    ['underscores', single, '--max_tokens 8 --n_gen=3', '--max-tokens 8 --n-gen=3'],
  ])('%s', (_, program, typed, ours) => {
    expect(canonicalWords(program, words(typed))).toEqual(words(ours));
  });

  it.each([
    ['a value', chat, ['--prompt', '-m', '--system', '-ngl']],
    ['behind --', single, ['--size', 'tiny', '--', '-m', 'x', '--runs', '3']],
    ['an own option', sessionProgram(), ['--threads', '2', '--model', '-m']],
    ['what the command does not have', collate, ['-ngl', '99']],
    ['an unknown one', single, ['--treads', '3']],
  ])('stay as they are where they are %s', (_, program, typed) => {
    expect(canonicalWords(program, typed)).toEqual(typed);
  });

  it('say so where they set more than they name', () => {
    const said = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    expect(canonicalWords(single, ['-ctk', 'q8_0'])).toEqual(['--kv-type', 'q8_0']);
    expect(said.mock.calls.join('')).toContain('--kv-type sets both');
  });

  it.each([
    ['-ub 512', '--batch'],
    ['-t 1 -t 2', 'sweep'],
    ['-ctk q8_0 -ctv f16', '--kv-type'],
    ['-o csv', 'npx tokenlap collate'],
    ['--export-json out.json', '--json'],
    ['--export-markdown out.md', 'npx tokenlap report'],
    ['--num-prompts 100', '--iterations'],
    ['--model_args pretrained=x', '--model'],
    ['--gpu-memory-utilization=0.9', 'the log says'],
  ])('%s is answered with what to type instead', (typed, instead) => {
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    const attempt = () => canonicalWords(single, words(typed));
    expect(attempt).toThrow(UserError);
    try {
      attempt();
    } catch (error) {
      expect(error instanceof UserError && error.remedy).toContain(instead);
      expect(error instanceof UserError && error.exitCode).toBe(2);
    }
  });

  it('are named for options that some command has', () => {
    const programs = [sessionProgram(), single, client, chat, serve, accuracyProgram(), pool];
    const known = new Set(programs.flatMap(({ options }) => options.map(({ long }) => long)));
    expect(familiarFlags.map(({ means }) => means).filter((name) => !known.has(name))).toEqual([]);
  });

  it('are either ours or pointed elsewhere', () => {
    const ours = new Set(familiarFlags.flatMap(({ typed }) => typed));
    expect(pointedFlags.flatMap(({ typed }) => typed).filter((flag) => ours.has(flag))).toEqual([]);
  });

  it('are in the log under their canonical names', () => {
    const argv = process.argv;
    process.argv = ['node', '/x/scripts/llamacpp-benchmark.ts', '-m', '1B', '-ngl', '3'];
    try {
      expect(singleRunProgram(frameworkNamed('llamacpp')).parsed.parse().opts()).toMatchObject({
        model: '1B',
        gpuLayers: 3,
      });
      expect(process.argv.slice(2)).toEqual(['--model', '1B', '--gpu-layers', '3']);
    } finally {
      process.argv = argv;
    }
  });
});
