/** What must hold between the repetitions of a kernel test: as many and as large as asked for. */
import { phases } from '../../log/record-fields.ts';
import type { Header } from '../../log/run-log-format.ts';
import { askedNumber, type LogWatch, type Spans, type WorkloadRules } from '../../results/invariants/log-watch.ts';
import { watchWarmUp } from '../../results/invariants/warm-up-faults.ts';
import type { KernelRecord } from './records.ts';

export const rules: WorkloadRules = {
  alsoWrites: ['warm_up'],
  result: 'kernel',
  watch: (header, spans) => [
    watchWarmUp((record) => (record.type === 'kernel' ? { tokens: record.tokens, ns: record.durationNs } : null)),
    watchKernel(header, spans),
  ],
};

const tests: ReadonlyArray<KernelRecord['test']> = ['pp', 'tg'];

function watchKernel(header: Header, spans: Spans): LogWatch {
  const planned = { pp: askedNumber(header, 'nPrompt'), tg: askedNumber(header, 'nGen') };
  const depth = askedNumber(header, 'depth');
  const repetitions = askedNumber(header, 'repetitions');
  const measured = { pp: 0, tg: 0 };
  let previous: KernelRecord | null = null;
  return {
    record(record) {
      if (record.type !== 'kernel') return [];
      const name = `${record.test} repetition ${record.repetition} (${record.phase})`;
      const faults = [
        planned[record.test] === undefined || record.tokens === planned[record.test]
          ? null
          : `${name} has ${record.tokens} tokens, not the ${planned[record.test]} asked for`,
        depth === undefined || record.depth === depth ? null : `${name} is at depth ${record.depth}, not ${depth}`,
        repetitionFault(name, record, previous, spans),
        spans.placeFault(name, record.phase === 'measured' ? 'kernel' : 'warmup', `${record.test}${record.tokens}`),
        kernelFault(record),
      ];
      if (record.phase === 'measured') measured[record.test]++;
      previous = record;
      return faults;
    },
    end(status) {
      if (status !== 'completed' || repetitions === undefined) return [];
      return tests.map((test) =>
        measured[test] === repetitions
          ? null
          : `${measured[test]} repetitions of ${test}, not the ${repetitions} asked for`,
      );
    },
  };
}

/** A test is cold once, then warmed up, then measured; repetitions of a phase count from 0; one ends before the next begins. */
function repetitionFault(
  name: string,
  record: KernelRecord,
  previous: KernelRecord | null,
  spans: Spans,
): string | null {
  const { test, phase, repetition, startNs } = record;
  if (previous !== null && startNs < previous.startNs + previous.durationNs)
    return `${name} begins before the one before it ended`;
  if (previous === null || previous.test !== test) {
    if (previous?.test === 'tg') return `${name} stands behind the test tg`;
    const mayBeFirst = repetition === 0 && (phase === 'cold' || !spans.knows('warmup'));
    return mayBeFirst ? null : `${name} is the first one of its test`;
  }
  const [place, placeBefore] = [phases.indexOf(phase), phases.indexOf(previous.phase)];
  if (place < placeBefore || (phase === 'cold' && previous.phase === 'cold'))
    return `${name} stands behind a ${previous.phase} one`;
  const expected = place === placeBefore ? previous.repetition + 1 : 0;
  return repetition === expected ? null : `${name} stands where repetition ${expected} belongs`;
}

function kernelFault(kernel: KernelRecord): string | null {
  if (kernel.durationNs > 0 && kernel.tokens > 0) return null;
  return `${kernel.test} repetition ${kernel.repetition}: ${kernel.tokens} tokens in ${kernel.durationNs} ns`;
}
