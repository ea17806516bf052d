/** Facts of a run that several tables repeat, so that each can be read by itself. */
import type { Run } from './run.ts';
import { columnsOf } from './table.ts';

export interface OfRun {
  readonly run: Pick<Run, 'header' | 'effective'>;
}

const { text, whole, number, flag } = columnsOf<OfRun>();

export const runFacts = {
  uuid: text('uuid', 'Run', 'the run').of(({ run }) => run.header.uuid),
  session: text('session', 'Session', 'the benchmark.ts session the run belongs to').of(
    ({ run }) => run.header.session?.uuid,
  ),
  sweep: text('sweep', 'Sweep', 'name of the sweep that the run belongs to').of(({ run }) => run.header.sweep?.name),
  sweepCell: text('sweep_cell', 'Cell', 'cell of the sweep: equal for runs of the same options and iteration').of(
    ({ run }) => run.header.sweep?.cell,
  ),
  framework: text('framework', 'Framework', 'framework of the run').of(({ run }) => run.header.framework.name),
  frameworkVersion: text('framework_version', 'Version', 'version of the framework').of(
    ({ run }) => run.header.framework.version,
  ),
  workload: text('workload', 'Workload', 'qa, kernel, embedding, chat, parity, load, pool, accuracy or perplexity').of(
    ({ run }) => run.header.workload,
  ),
  algorithm: text('algorithm', 'Architecture', 'architecture family: llama, qwen2, gpt2, ...').of(
    ({ run }) => run.header.model.algorithm,
  ),
  model: text('model', 'Model', "name in the registry, or the file's own").of(({ run }) => run.header.model.name),
  modelSha256: text('model_sha256', 'Model hash', 'sha256 of the model file').of(({ run }) => run.header.model.sha256),
  size: text('size', 'Size', 'model size as asked: tiny, 135M, 1B, ...').of(({ run }) => run.header.model.size),
  quantize: text('quantize', 'Quantisation', 'format of the weights that ran').of(
    ({ run }) => run.header.model.quantization.got,
  ),
  weightClass: text('weight_class', 'Weight class', 'results are compared within one weight class only').of(
    ({ run }) => run.header.model.quantization.weightClass,
  ),
  bitsPerWeight: number('bits_per_weight', 'bit', 'Bits per weight', 'tensor bytes x 8 / parameters').of(
    ({ run }) => run.header.model.effectiveBitsPerWeight,
  ),
  synthetic: flag('synthetic', 'Synthetic', 'random weights: speed is real, text is noise').of(
    ({ run }) => run.header.model.synthetic,
  ),
  platform: text('platform', 'Platform', 'operating system of the host').of(({ run }) => run.header.host.platform),
  release: text('release', 'Release', 'kernel or system release of the host').of(({ run }) => run.header.host.release),
  device: text('device', 'Device', 'where the engine computed, read back: cpu, cuda, metal, vulkan, ...').of(
    ({ run }) => run.effective?.device,
  ),
  username: text('username', 'User', 'who ran it, or a stable hash').of(({ run }) => run.header.host.username),
  hostname: text('hostname', 'Host', 'machine, or a stable hash').of(({ run }) => run.header.host.hostname),
  seed: whole('seed', '', 'Seed', 'seed of the run').of(({ run }) => run.header.seed),
} as const;

/** The columns of these facts, in this order. */
export function facts<const Names extends ReadonlyArray<keyof typeof runFacts>>(...names: Names) {
  return names.map((name: Names[number]) => runFacts[name]);
}

const whereItRan = facts('platform', 'release', 'device', 'username', 'hostname');

/** The last columns of tables whose rows are parts of a run: where it ran, and which model. */
export const machineAndModel = [
  ...whereItRan,
  ...facts('size', 'quantize', 'weightClass', 'model', 'modelSha256', 'seed'),
] as const;
