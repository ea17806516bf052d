/** What must hold between the repetitions of a kernel test, and between the batches of an embedding run: as many and as large as asked for. */
import type { EmbeddingRecord, Header, KernelRecord, Phase } from '../run-log-format.ts';
import type { LogWatch } from './log-watch.ts';
import type { Spans } from './span-faults.ts';

const phaseOrder: readonly Phase[] = ['cold', 'warmup', 'measured'];
const tests: ReadonlyArray<KernelRecord['test']> = ['pp', 'tg'];

/** A setting that is a number; undefined in logs that do not say it. */
function asked({ requested }: Header, name: string): number | undefined {
  const value = requested[name];
  return typeof value === 'number' ? value : undefined;
}

export function watchKernel(header: Header, spans: Spans): LogWatch {
  const planned = { pp: asked(header, 'nPrompt'), tg: asked(header, 'nGen') };
  const depth = asked(header, 'depth');
  const repetitions = asked(header, 'repetitions');
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
        spanFault(name, record.phase, 'kernel', `${record.test}${record.tokens}`, spans),
      ];
      if (record.phase === 'measured') measured[record.test]++;
      previous = record;
      return faults;
    },
    end(status) {
      if (status !== 'completed' || header.workload !== 'kernel' || repetitions === undefined) return [];
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
  const [place, placeBefore] = [phaseOrder.indexOf(phase), phaseOrder.indexOf(previous.phase)];
  if (place < placeBefore || (phase === 'cold' && previous.phase === 'cold'))
    return `${name} stands behind a ${previous.phase} one`;
  const expected = place === placeBefore ? previous.repetition + 1 : 0;
  return repetition === expected ? null : `${name} stands where repetition ${expected} belongs`;
}

export function watchEmbeddings(header: Header, spans: Spans): LogWatch {
  const most = asked(header, 'batchTexts');
  const perRound = header.questions?.count;
  const rounds = asked(header, 'rounds');
  let previous: EmbeddingRecord | null = null;
  let texts = 0;
  let tokens = 0;
  let tokensBefore: number | null = null;
  /** The same texts are the same tokens. */
  const tokensFault = (round: number) => {
    const expected = tokensBefore ?? tokens;
    tokensBefore = expected;
    return tokens === expected ? null : `round ${round} has ${tokens} tokens, and the one before it ${expected}`;
  };
  const roundFault = (round: number) =>
    perRound === undefined || texts === perRound ? null : `round ${round} has ${texts} of ${perRound} texts`;
  return {
    record(record) {
      if (record.type !== 'embedding') return [];
      const faults = [
        batchFault(record, previous, spans),
        spanFault(`batch ${record.batch}`, record.phase, 'embedding', String(record.round), spans),
        most !== undefined && record.texts > most
          ? `batch ${record.batch} has ${record.texts} texts of at most ${most}`
          : null,
      ];
      if (record.phase === 'measured') {
        const before = previous?.phase === 'measured' ? previous.round : -1;
        if (record.round !== before) {
          if (before >= 0) faults.push(roundFault(before), tokensFault(before));
          if (record.round !== before + 1)
            faults.push(`batch ${record.batch} is in round ${record.round}, behind round ${before}`);
          texts = 0;
          tokens = 0;
        }
        texts += record.texts;
        tokens += record.tokens;
      }
      previous = record;
      return faults;
    },
    end(status) {
      if (status !== 'completed' || header.workload !== 'embedding') return [];
      const last = previous?.phase === 'measured' ? previous.round : -1;
      return [
        last < 0 ? 'a completed run without a measured batch' : roundFault(last),
        last < 0 ? null : tokensFault(last),
        rounds !== undefined && last + 1 < rounds
          ? `${last + 1} rounds of the texts, and ${rounds} were asked for`
          : null,
      ];
    },
  };
}

function batchFault(record: EmbeddingRecord, previous: EmbeddingRecord | null, spans: Spans): string | null {
  const { batch, phase, dimensions, startNs } = record;
  if (previous === null) {
    const mayBeFirst = batch === 0 && (phase === 'cold' || !spans.knows('warmup'));
    return mayBeFirst ? null : `batch ${batch} is the first one`;
  }
  if (batch !== previous.batch + 1) return `batch ${batch} stands where batch ${previous.batch + 1} belongs`;
  if (startNs < previous.endNs) return `batch ${batch} begins before the one before it ended`;
  if (dimensions !== previous.dimensions)
    return `batch ${batch} has vectors of ${dimensions} numbers, and before of ${previous.dimensions}`;
  const isBack = phaseOrder.indexOf(phase) < phaseOrder.indexOf(previous.phase) || phase === 'cold';
  return isBack ? `batch ${batch} is of the phase ${phase}, behind one of the phase ${previous.phase}` : null;
}

/** Work of a phase stands within the span of that phase, in logs that tell of them. */
function spanFault(
  name: string,
  phase: Phase,
  measured: 'kernel' | 'embedding',
  label: string,
  spans: Spans,
): string | null {
  const span = phase === 'measured' ? measured : 'warmup';
  if (!spans.knows(span) || spans.isOpen(span, span === 'embedding' || measured === 'kernel' ? label : undefined))
    return null;
  return `${name} stands outside of the span ${span} (${label})`;
}
