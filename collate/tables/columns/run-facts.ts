/** Facts of a run that several tables repeat, so that each can be read by itself. */
import { column } from './column.ts';

export const runFacts = {
  uuid: column('uuid', 'string', '', 'Run', 'the run'),
  session: column('session', 'string', '', 'Session', 'the benchmark.ts session the run belongs to'),
  sweep: column('sweep', 'string', '', 'Sweep', 'name of the sweep that the run belongs to'),
  sweepCell: column(
    'sweep_cell',
    'string',
    '',
    'Cell',
    'cell of the sweep: equal for runs of the same options and iteration',
  ),
  framework: column('framework', 'string', '', 'Framework', 'framework of the run'),
  frameworkVersion: column('framework_version', 'string', '', 'Version', 'version of the framework'),
  workload: column(
    'workload',
    'string',
    '',
    'Workload',
    'qa, kernel, embedding, chat, parity, load, pool, accuracy or perplexity',
  ),
  algorithm: column('algorithm', 'string', '', 'Architecture', 'architecture family: llama, qwen2, gpt2, ...'),
  model: column('model', 'string', '', 'Model', "name in the registry, or the file's own"),
  modelSha256: column('model_sha256', 'string', '', 'Model hash', 'sha256 of the model file'),
  size: column('size', 'string', '', 'Size', 'model size as asked: tiny, 135M, 1B, ...'),
  quantize: column('quantize', 'string', '', 'Quantisation', 'format of the weights that ran'),
  weightClass: column(
    'weight_class',
    'string',
    '',
    'Weight class',
    'results are compared within one weight class only',
  ),
  bitsPerWeight: column('bits_per_weight', 'number', 'bit', 'Bits per weight', 'tensor bytes x 8 / parameters'),
  synthetic: column('synthetic', 'boolean', '', 'Synthetic', 'random weights: speed is real, text is noise'),
  platform: column('platform', 'string', '', 'Platform', 'operating system of the host'),
  release: column('release', 'string', '', 'Release', 'kernel or system release of the host'),
  device: column(
    'device',
    'string',
    '',
    'Device',
    'where the engine computed, read back: cpu, cuda, metal, vulkan, ...',
  ),
  username: column('username', 'string', '', 'User', 'who ran it, or a stable hash'),
  hostname: column('hostname', 'string', '', 'Host', 'machine, or a stable hash'),
  seed: column('seed', 'integer', '', 'Seed', 'seed of the run'),
} as const;

/** Of an answer, in the tables of tokens and of answers. */
export const answerFacts = {
  answer: column('answer', 'integer', '', 'Answer', 'index of the answer within the run'),
  phase: column('phase', 'string', '', 'Phase', 'cold, warmup or measured; only measured counts in statistics'),
} as const;
