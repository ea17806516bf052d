import { significant } from '../../../scripts/command-line/format.ts';
import { panelName } from '../../charts/roofline.ts';
import { type RooflinePoint, rooflinePanels } from '../../data/roofline.ts';
import { percent, shareText } from '../../panels/roofline-panel.ts';
import { type Block, note, type Section, text, warning } from '../document.ts';
import { chartBlocks, type ReportInput } from '../section.ts';

/** What limits each framework, in words, and what cannot be true. */
export function roofline(input: ReportInput): Section | null {
  const { runs, hardware } = input.data;
  if (runs.every((run) => run.decode_gflop_s === null && run.prefill_gflop_s === null)) return null;
  const panels = rooflinePanels(runs, hardware);
  const limits: Block[] = panels.flatMap((panel) => [
    text(`${panelName(panel)}:`),
    { kind: 'list' as const, items: panel.points.map(sentence) },
  ]);
  const faults = panels.flatMap((panel) =>
    panel.points.flatMap(faultOf).map((fault) => `${panelName(panel)}: ${fault}`),
  );
  const notes = [...new Set(runs.flatMap((run) => run.roofline_note ?? []))].map((reason) => {
    const count = runs.filter((run) => run.roofline_note === reason).length;
    return `${count} ${count === 1 ? 'run has' : 'runs have'} no share of a ceiling: ${reason}.`;
  });
  return {
    id: 'roofline',
    title: 'What limits each framework',
    blocks: [...chartBlocks(input, 'roofline'), ...limits, ...faults.map(warning), ...notes.map(note)],
  };
}

function sentence(point: RooflinePoint): string {
  const { name, phase, utilization, bound, run } = point;
  const work = phase === 'decode' ? 'decoding' : 'the prompt';
  if (utilization === null) return `${name}: ${work} has no measured ceiling on this device.`;
  const share = shareText(point) ?? '';
  const far = isFarBelow(point) ? '; that is so far below that something beside the work takes the time' : '';
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
      `${name} decodes at ${percent(utilization)} of what ${where}. A share over 100 % is a fault of measurement: the machine was busier during the hardware benchmark, or fewer bytes are read than thought. Measure again with hardware-benchmark.ts --refresh.`,
    ];
  }
  if (phase === 'prefill' && flags.includes('above_arithmetic_ceiling')) {
    return [
      `${name} reads its prompt at ${percent(utilization)} of the measured arithmetic. A share over 100 % is a fault of measurement: the machine was busier during the hardware benchmark, or it computes in narrower numbers.`,
    ];
  }
  if (isFarBelow(point)) {
    return [
      `${name}, ${phase}: only ${percent(utilization)} of its ceiling. Suspect a fallback to slower code, a busy machine, or overhead larger than the work.`,
    ];
  }
  return [];
}
