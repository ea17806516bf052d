/** Columns of runs.csv that say what ran: framework, model, weights, settings, host. */
import { lineageText } from '../../log/lineage.ts';
import { measurementOf } from '../../log/measurement.ts';
import {
  booleanSetting,
  numberSetting,
  type Settings,
  settingsText,
  sharedDeviceCode,
  textSetting,
  wholeSetting,
} from '../../log/record-fields.ts';
import { fallbackTokens } from '../figures/metrics.ts';
import { activeParameters } from '../hardware/roofline.ts';
import { lastOf, type Run, recordsOf } from '../run.ts';
import { type OfRun, runFacts } from '../run-facts.ts';
import { columnsOf } from '../table.ts';

export interface OfSubject {
  run: Run;
  /** Read back from the engine; empty when the run ended before. */
  settings: Settings;
  build: Settings;
}

const { text, whole, number, flag, bytes } = columnsOf<OfSubject>();

const readBack = 'read back from the engine';
const declared = 'read back from the engine or declared by the framework';

export const subjectColumns = [
  runFacts.uuid,
  text(
    'status',
    'Status',
    'completed, failed, interrupted, missing (the framework is not there) or killed (a log without a closing line)',
  ).of(({ run }) => run.outcome.status),
  text('error', 'Reason', 'why a run did not complete').of(({ run }) => run.outcome.error),
  text('remedy', 'Remedy', 'what can be done about it, as the run itself said').of(
    ({ run }) => lastOf(run, 'end')?.error?.remedy,
  ),
  text('started_at', 'Started', 'wall clock, ISO 8601').of(({ run }) => run.header.startedAt),
  runFacts.session,
  whole(
    'iteration',
    '',
    'Iteration',
    'iteration within the session or the sweep: what has the same number was measured in turns',
  ).of(({ run }) => run.header.session?.iteration ?? run.header.sweep?.iteration),
  whole('turn', '', 'Turn', 'place in the interleaved order of the session').of(({ run }) => run.header.session?.order),
  whole(
    'attempt',
    '',
    'Attempt',
    'above 0: it repeats a run of this turn that failed its quality checks; empty for the first',
  ).of(({ run }) => run.header.session?.attempt),
  flag(
    'twin',
    'Twin',
    'true for the second of two identical cells, which measure the noise floor; they are in no comparison',
  ).of(({ run }) => (run.header.session === undefined ? null : run.header.session.twin === true)),
  runFacts.sweep,
  runFacts.sweepCell,
  text('tag', 'Tag', 'what the person called the measurement, with --tag').of(({ run }) => run.header.tag),
  text('suite_version', 'Suite version', 'version of Tokenlap that measured').of(({ run }) => run.header.tokenlap),
  text(
    'suite_revision',
    'Suite revision',
    'commit of the source that measured, with +changes where files differed from it; empty without history and in older logs',
  ).of(({ run }) => run.header.revision),
  runFacts.framework,
  text('framework_title', 'Name', 'the framework as its makers write it').of(({ run }) => run.header.framework.title),
  runFacts.frameworkVersion,
  text('framework_build', 'Build', 'what the engine says of its build; the packages of its Python stand in the log').of(
    ({ run }) => {
      const { packages: _, ...build } = run.effective?.build ?? {};
      return settingsText(build);
    },
  ),
  runFacts.workload,
  runFacts.algorithm,
  runFacts.model,
  text('model_source', 'Model source', 'embedded, synthetic, downloaded, path or server').of(
    ({ run }) => run.header.model.source,
  ),
  runFacts.synthetic,
  runFacts.size,
  text('size_class', 'Size class', 'taxonomy by parameter count: tiny, small, base, large, xl, xxl').of(
    ({ run }) => run.header.model.sizeClass,
  ),
  whole('parameters', '', 'Parameters', 'number of weights').of(({ run }) => known(run.header.model.parameters)),
  whole(
    'active_parameters',
    '',
    'Active parameters',
    'weights that one token is multiplied with: experts by their share, no table of which a row is read',
  ).of(({ run }) => known(Math.round(activeParameters(run.header.model)))),
  text('quantize_asked', 'Quantisation asked', 'as on the command line').of(
    ({ run }) => run.header.model.quantization.asked,
  ),
  runFacts.quantize,
  runFacts.weightClass,
  { ...runFacts.bitsPerWeight, of: ({ run }: OfRun) => known(run.header.model.effectiveBitsPerWeight) },
  text(
    'resident_format',
    'Weights in memory',
    'how the weights lie in memory, where the framework converted them at load; empty where as in the file',
  ).of(({ run }) => run.effective?.weights?.format),
  number(
    'resident_bits_per_weight',
    'bit',
    'Bits per weight in memory',
    'mean over all weights as they lie in memory, scales included; empty where as in the file',
  ).of(({ run }) => run.effective?.weights?.bitsPerWeight),
  bytes('model_bytes', 'Model size', 'size of the model file').of(({ run }) => known(run.header.model.fileBytes)),
  runFacts.modelSha256,
  text(
    'model_root_sha256',
    'Source hash',
    'sha256 of the weights that the model file descends from, as far as it is recorded; the same in two runs: the same source weights',
  ).of(({ run }) => run.header.model.lineage?.root.sha256),
  text(
    'model_lineage',
    'Lineage',
    'every step from these weights to the model file, with tool and version; empty where none is recorded',
  ).of(({ run }) => (run.header.model.lineage === undefined ? null : lineageText(run.header.model.lineage) || null)),
  runFacts.device,
  text('device_name', 'Device name', 'CPU or GPU by name').of(({ run }) => run.effective?.deviceName),
  flag(
    'comparable',
    'Comparable',
    'false for a software device, a fallback, a broken log, or when no engine was loaded',
  ).of(({ run }) => isComparable(run)),
  text(
    'measurement',
    'Measurement',
    'JSON: every field of request, questions, framework, engine and host that decides what was measured; only runs that agree in all of it are pooled',
  ).of(({ run }) => JSON.stringify(measurementOf(run.header, run.effective))),
  whole('threads', '', 'Threads', readBack).of(({ settings }) => wholeSetting(settings, 'threads')),
  whole('gpu_layers', '', 'GPU layers', readBack).of(({ settings }) => wholeSetting(settings, 'gpuLayers')),
  whole('context_tokens', 'tokens', 'Context', readBack).of(({ settings }) => wholeSetting(settings, 'contextTokens')),
  whole('batch_tokens', 'tokens', 'Batch', readBack).of(({ settings }) => wholeSetting(settings, 'batchTokens')),
  text('flash_attention', 'Flash attention', readBack).of(({ settings }) => textSetting(settings, 'flashAttention')),
  text('kv_type', 'KV type', `format of the KV cache, ${readBack}`).of(({ settings }) =>
    textSetting(settings, 'kvType'),
  ),
  text(
    'activations',
    'Activations',
    `format of the activations that meet the matrices, ${declared}; empty where it is not known`,
  ).of(({ settings }) => textSetting(settings, 'activations')),
  flag(
    'spinning',
    'Spinning',
    `whether threads spin while they wait for work between operators, ${declared}; empty where it is not known`,
  ).of(({ settings }) => booleanSetting(settings, 'spinning')),
  text(
    'cpu_affinity',
    'CPU affinity',
    'CPUs that the threads of the engine may run on, as the system lists them; parted by | where threads differ',
  ).of(({ settings }) => textSetting(settings, 'affinity')),
  text('build_type', 'Build type', `prebuilt or native (made on this machine for it), ${declared}`).of(({ build }) =>
    textSetting(build, 'buildType'),
  ),
  text(
    'cpu_variant',
    'CPU variant',
    `which of several variants of the kernels runs, ${readBack}; empty where the framework does not report it`,
  ).of(({ build }) => textSetting(build, 'cpuVariant')),
  text('precision_asked', 'Precision asked', 'conversion at load, as on the command line').of(({ run }) =>
    textSetting(run.header.requested, 'precision'),
  ),
  text('precision', 'Precision', `number format of weights and arithmetic, ${readBack}`).of(({ settings }) =>
    textSetting(settings, 'precision'),
  ),
  flag('compile_asked', 'Compilation asked', 'as on the command line').of(({ run }) =>
    booleanSetting(run.header.requested, 'compile'),
  ),
  flag('compile', 'Compiled', `whether the framework compiled the model, ${readBack}`).of(({ settings }) =>
    booleanSetting(settings, 'compile'),
  ),
  whole(
    'beam',
    '',
    'Search beam',
    `candidates that the framework's search for the fastest kernels keeps at each step, ${readBack}; 0: no search; empty where the framework has none`,
  ).of(({ settings }) => wholeSetting(settings, 'beam')),
  whole('device_count', '', 'Devices', `devices that the model was spread over, ${readBack}`).of(({ settings }) =>
    wholeSetting(settings, 'deviceCount'),
  ),
  text('shard', 'Shard', `along what it was spread: layers or heads, ${readBack}`).of(({ settings }) =>
    textSetting(settings, 'shard'),
  ),
  runFacts.seed,
  whole('max_tokens', 'tokens', 'Token limit', 'limit of generated tokens per answer').of(({ run }) =>
    wholeSetting(run.header.requested, 'maxTokens'),
  ),
  number('temperature', '', 'Temperature', '0 is greedy').of(({ run }) =>
    numberSetting(run.header.requested, 'temperature'),
  ),
  runFacts.hostname,
  runFacts.username,
  runFacts.platform,
  runFacts.release,
  text('cpu_model', 'CPU', 'CPU of the host').of(({ run }) => run.header.host.cpuModel),
  whole('physical_cores', '', 'Cores', 'physical cores of the host').of(({ run }) => run.header.host.physicalCores),
  bytes('memory_bytes', 'Memory', 'memory of the host').of(({ run }) => run.header.host.memoryBytes),
  text('script', 'Script', 'that makes such a run; empty where a person was part of it').of(
    ({ run }) => run.command?.script,
  ),
  text(
    'asked_options',
    'Options asked',
    'the options that ask for this run, as JSON by their names in commander: what the commands of the report are made of',
  ).of(({ run }) => (run.command === null ? null : JSON.stringify(run.command.options))),
  text('hypervisor', 'Hypervisor', 'whose virtual machine the host is; empty on metal and in older logs').of(
    ({ run }) => run.header.host.hypervisor,
  ),
  text('container', 'Container', 'what made the container; empty outside of any and in older logs').of(
    ({ run }) => run.header.host.container,
  ),
  whole(
    'usable_cores',
    '',
    'Usable cores',
    'least of physical cores, affinity and quota of processor time; what threads default to',
  ).of(({ run }) => run.header.host.usable?.cores),
  text('usable_cores_bound_by', 'Cores bound by', 'which of them: physical cores, affinity or quota').of(
    ({ run }) => run.header.host.usable?.coresBoundBy,
  ),
  bytes('usable_memory_bytes', 'Usable memory', 'memory of the host, or the limit of a control group').of(
    ({ run }) => run.header.host.usable?.memoryBytes,
  ),
] as const;

/** A server may report nothing about its model: 0 stands for not known. */
function known(size: number): number | null {
  return size > 0 ? size : null;
}

/** False too when the run ended before an engine could say what it computes on: there is nothing to compare. */
function isComparable(run: Run): boolean {
  if (run.outcome.broken.length > 0) return false;
  if (recordsOf(run, 'warning').some(({ code }) => code === sharedDeviceCode)) return false;
  return (run.effective?.comparable ?? false) && fallbackTokens(lastOf(run, 'statistics')) === 0;
}
