/** Speed, steadiness, quantisation, devices and hosts of the question workload as charts; and what limits each framework. */
import { groupBy } from '../../../collate/analysis/group-by.ts';
import { percent, significant } from '../../../scripts/command-line/format.ts';
import { coverage, inWords } from '../../charts/operator-times.ts';
import { conversionSentences } from '../../data/memory.ts';
import { profilesOf } from '../../data/operator-times.ts';
import { panelName, type RooflinePoint, rooflinePanels } from '../../data/roofline.ts';
import { shareText } from '../../panels/roofline-panel.ts';
import { list, note, warning } from '../document.ts';
import { chartBlocks, ofQuestions, type Part } from '../section.ts';

export const speed = ofQuestions('speed', 'Speed', (input) => [
  ...chartBlocks(input, 'backend_comparison'),
  ...list(
    conversionSentences(input.data.groups),
    'A weight class is the precision of the values, not the number of bytes that a decoded token reads. These frameworks hold the weights in another format than the file:',
  ),
  ...chartBlocks(input, 'speedup_comparison', 'summary_stats'),
]);

export const steadiness = ofQuestions('steadiness', 'Steadiness', (input) =>
  chartBlocks(input, 'latency_distribution', 'arrival_distribution', 'enqueue_latency'),
);

export const quantization = ofQuestions('quantisation', 'Quantisation', (input) =>
  chartBlocks(input, 'quantization_impact'),
);

export const devices = ofQuestions('devices', 'Devices and hosts', (input) => chartBlocks(input, 'device_comparison'));

/** What limits each framework, in words, and what cannot be true. */
export const roofline: Part = {
  id: 'roofline',
  title: 'What limits each framework',
  blocks(input) {
    const { runs, hardware } = input.data;
    if (runs.every((run) => run.decode_gflop_s === null && run.prefill_gflop_s === null)) return [];
    const panels = rooflinePanels(runs, hardware);
    const unplaced = runs.filter((run) => run.roofline_note !== null);
    return [
      ...chartBlocks(input, 'roofline'),
      ...panels.flatMap((panel) => list(panel.points.map(sentence), `${panelName(panel)}:`)),
      ...panels.flatMap((panel) =>
        panel.points.flatMap(faultOf).map((fault) => warning(`${panelName(panel)}: ${fault}`)),
      ),
      ...groupBy(unplaced, (run) => [run.roofline_note]).map((alike) => {
        const have = alike.length === 1 ? 'run has' : 'runs have';
        return note(`${alike.length} ${have} no share of a ceiling: ${alike[0].roofline_note}.`);
      }),
    ];
  },
};

/** Where the time of an evaluation goes, of engines that timed their operators. */
export const operators: Part = {
  id: 'operators',
  title: "Where a token's time goes",
  blocks(input) {
    const profiles = profilesOf(input.data.runs, input.data.operators);
    return [
      ...chartBlocks(input, 'operator_times'),
      ...list(
        profiles.map(
          (profile) =>
            `${profile.name} (${profile.place}): ${[...profile.phases.map(inWords), coverage(profile)].join('; ')}.`,
        ),
      ),
    ];
  },
};

function sentence(point: RooflinePoint): string {
  const { name, phase, utilization, bound, run } = point;
  const work = phase === 'decode' ? 'decoding' : 'the prompt';
  if (utilization === null) return `${name}: ${work} has no measured ceiling on this device.`;
  const share = shareText(point) ?? '';
  const far = isFarBelow(point) ? '; that is so far below that something else takes the time' : '';
  if (phase === 'prefill') {
    const unit = run.arithmetic_numbers === 'int8' ? 'Gop/s' : 'GFLOP/s';
    const ceiling = `${significant(run.arithmetic_ceiling_gflop_s ?? 0)} ${unit} in ${run.arithmetic_numbers}`;
    const limit =
      bound === null
        ? ''
        : bound === 'arithmetic'
          ? 'is bound by arithmetic and '
          : 'is short, bound by reading the weights, and ';
    return `${name}: ${work} ${limit}reaches ${share} of the measured ${ceiling}${far}.`;
  }
  const ceiling = `${significant(run.bandwidth_ceiling_gb_s ?? 0)} GB/s`;
  if (run.bandwidth_level === 'cache') {
    const set = `${significant((run.working_set_bytes ?? 0) / 1e6)} MB a token`;
    return `${name}: ${work} reads ${set}, which fit into the last cache: the memory is no limit. It uses ${share} of the ${ceiling} that were measured at that size${far}.`;
  }
  if (run.bandwidth_level === 'mixed') {
    const set = `${significant((run.working_set_bytes ?? 0) / 1e6)} MB a token`;
    return `${name}: ${work} reads ${set}, more than the last cache holds, but less than four times as much. It uses ${share} of the ${ceiling} that were measured at that size.`;
  }
  // Without the size of the cache, what the figure is a bandwidth of is not known.
  if (bound === null) return `${name}: ${work} uses ${share} of the ${ceiling} that were measured at its size.`;
  return bound === 'arithmetic'
    ? `${name}: ${work} is bound by arithmetic and uses ${share} of the memory's ${ceiling}${far}.`
    : `${name}: ${work} is bound by the memory and uses ${share} of its ${ceiling}${far}.`;
}

function isFarBelow({ phase, flags }: RooflinePoint): boolean {
  return flags.includes(phase === 'decode' ? 'decode_far_below_ceiling' : 'prefill_far_below_ceiling');
}

function faultOf(point: RooflinePoint): string[] {
  const { name, phase, flags, run, utilization } = point;
  if (utilization === null) return [];
  if (phase === 'decode' && flags.includes('above_bandwidth_ceiling')) {
    const where =
      run.bandwidth_level === 'cache'
        ? 'this cache gives 128-bit loads'
        : run.bandwidth_level === 'memory'
          ? 'the memory was measured to give'
          : 'was measured when as much was read';
    return [
      `${name} decodes at ${percent(utilization)} of what ${where}. A share over 100 % is a measurement error: the machine was busier during the hardware benchmark, or fewer bytes are read than thought. Measure again with hardware-benchmark.ts --refresh.`,
    ];
  }
  if (phase === 'prefill' && flags.includes('above_arithmetic_ceiling')) {
    return [
      `${name} reads its prompt at ${percent(utilization)} of the measured arithmetic. A share over 100 % is a measurement error: the machine was busier during the hardware benchmark, or it computes in narrower numbers.`,
    ];
  }
  if (isFarBelow(point)) {
    return [
      `${name}, ${phase}: only ${percent(utilization)} of its ceiling. Suspect a fallback to slower code, a busy machine, or overhead larger than the work.`,
    ];
  }
  return [];
}
