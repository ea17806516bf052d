/** What must hold between the batches of an embedding run: as many texts and rounds as asked for, the same tokens in each. */
import { phases } from '../../log/record-fields.ts';
import type { Header } from '../../log/run-log-format.ts';
import { askedNumber, type LogWatch, type Spans, type WorkloadRules } from '../../results/invariants/log-watch.ts';
import { watchWarmUp } from '../../results/invariants/warm-up-faults.ts';
import type { EmbeddingRecord } from './records.ts';

export const rules: WorkloadRules = {
  alsoWrites: ['warm_up'],
  result: 'embedding',
  watch: (header, spans) => [
    watchWarmUp((record) =>
      record.type === 'embedding' ? { tokens: record.tokens, ns: record.endNs - record.submitNs } : null,
    ),
    watchEmbeddings(header, spans),
  ],
};

function watchEmbeddings(header: Header, spans: Spans): LogWatch {
  const most = askedNumber(header, 'batchTexts');
  const perRound = header.questions?.count;
  const rounds = askedNumber(header, 'rounds');
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
        spans.placeFault(
          `batch ${record.batch}`,
          record.phase === 'measured' ? 'embedding' : 'warmup',
          record.phase === 'measured' ? String(record.round) : undefined,
        ),
        embeddingFault(record),
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
      if (status !== 'completed') return [];
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
  const isBack = phases.indexOf(phase) < phases.indexOf(previous.phase) || phase === 'cold';
  return isBack ? `batch ${batch} is of the phase ${phase}, behind one of the phase ${previous.phase}` : null;
}

function embeddingFault({ batch, texts, tokens, startNs, submitNs, endNs }: EmbeddingRecord): string | null {
  const ordered = startNs <= submitNs && submitNs < endNs;
  if (ordered && texts > 0 && tokens > 0) return null;
  return `batch ${batch}: ${texts} texts of ${tokens} tokens, started at ${startNs}, tokens at ${submitNs}, ended at ${endNs}`;
}
