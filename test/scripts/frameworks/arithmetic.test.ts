/** What engines declare of their arithmetic, and what the system tells of their threads. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { activationsOf, spins } from '../../../scripts/frameworks/llamacpp/arithmetic.ts';
import { threadAffinity } from '../../../scripts/frameworks/read-back.ts';
import { ggmlTypes } from '../../../scripts/models/gguf/ggml-types.ts';
import { outputFolder } from '../../fakes/output-folder.ts';

/** A file with matrices of these types and sizes, and a large vector in f32. */
function tensorsOf(...matrices: Array<[type: keyof typeof ggmlTypes, rows: number]>) {
  const tensors = matrices.map(([type, rows]) => ({ ggmlType: ggmlTypes[type].id, dimensions: [64, rows] }));
  return [...tensors, { ggmlType: ggmlTypes.f32.id, dimensions: [1e9] }];
}

test.each([
  ['f32', 'f32'],
  ['f16', 'f16'],
  ['bf16', 'bf16'],
  ['q4_0', 'q8_0'],
  ['q8_0', 'q8_0'],
  ['q4_1', 'q8_1'],
  ['q4_k', 'q8_k'],
  ['iq4_xs', 'q8_k'],
] as const)('llama.cpp meets weights in %s with activations in %s', (weights, activations) => {
  expect(activationsOf('cpu', tensorsOf([weights, 8]))).toBe(activations);
});

test('of several formats the one of most weights counts; unknown formats and other devices are unknown', () => {
  expect(activationsOf('cpu', tensorsOf(['q6_k', 3], ['q4_0', 9]))).toBe('q8_0');
  expect(activationsOf('cpu', tensorsOf(['nvfp4', 9]))).toBeNull();
  expect(activationsOf('cuda', tensorsOf(['q4_0', 9]))).toBeNull();
});

test('threads of ggml spin, those of OpenMP as they are told, and one thread does not', () => {
  const [own, openMp] = [{ systemInfo: 'CPU : AVX2 = 1' }, { systemInfo: 'CPU : AVX2 = 1 | OPENMP = 1 |' }];
  expect([spins('cpu', 1, own), spins('cpu', 2, own), spins('vulkan', 2, own)]).toEqual([false, true, null]);
  expect([spins('cpu', 2, openMp, {}), spins('cpu', 2, openMp, { OMP_WAIT_POLICY: 'PASSIVE' })]).toEqual([true, false]);
});

test('the affinity of threads is read as the system lists it, and null where it does not', () => {
  const tasks = outputFolder();
  const thread = (id: string, cpus: string) => {
    mkdirSync(join(tasks, id));
    writeFileSync(join(tasks, id, 'status'), `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${cpus}\n`);
  };
  thread('10', '0-7');
  thread('11', '0-7');
  mkdirSync(join(tasks, 'ended'));
  expect(threadAffinity(tasks)).toBe('0-7');
  thread('12', '10');
  thread('13', '2');
  expect(threadAffinity(tasks)).toBe('0-7 | 2 | 10');
  expect(threadAffinity(join(tasks, 'none'))).toBeNull();
});
