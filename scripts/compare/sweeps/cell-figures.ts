/** The rates by which the cells of a sweep are told apart, from the records of a run or from its log. */
import { readTextFile } from '../../command-line/text-file.ts';
import { type Header, type RunRecord, recordSchema } from '../../log/run-log-format.ts';
import { runRates } from '../../results/figures/metrics.ts';
import { mean } from '../../statistics/statistics.ts';
import { embeddingFigures } from '../../workloads/embedding/figures.ts';
import { loadResults } from '../../workloads/load/figures.ts';
import { levelFigures } from '../../workloads/pool/figures.ts';

export const figureNames = ['decode', 'pp', 'tg', 'embedding', 'throughput'] as const;
/** Tokens per second: of answers, of llama-bench's two tests, of embedded texts, and of all answers at a time together. */
export type CellFigures = Partial<Record<(typeof figureNames)[number], number>>;

export function cellFigures(header: Header, records: readonly RunRecord[]): CellFigures {
  const of = <T extends RunRecord['type']>(type: T) =>
    records.filter((record): record is Extract<RunRecord, { type: T }> => record.type === type);
  switch (header.workload) {
    case 'qa': {
      const measured = of('answer').filter(({ phase }) => phase === 'measured');
      const { decodeTokensPerSecond: decode } = runRates(measured);
      return decode === null ? {} : { decode };
    }
    case 'kernel': {
      const rates = (test: 'pp' | 'tg') =>
        of('kernel')
          .filter((record) => record.phase === 'measured' && record.test === test)
          .map(({ tokens, durationNs }) => (tokens / durationNs) * 1e9);
      const [pp, tg] = [rates('pp'), rates('tg')];
      return { ...(pp.length === 0 ? {} : { pp: mean(pp) }), ...(tg.length === 0 ? {} : { tg: mean(tg) }) };
    }
    case 'embedding': {
      const figures = embeddingFigures(of('embedding'));
      return figures === null ? {} : { embedding: figures.tokensPerSecond };
    }
    case 'load': {
      const [stage] = loadResults(header, records)?.stages ?? [];
      return stage === undefined ? {} : { throughput: stage.figures.tokensPerSecond };
    }
    case 'pool': {
      const [level] = of('pool_level');
      return level === undefined ? {} : { throughput: levelFigures(level, of('pool_request')).tokensPerSecond };
    }
    default:
      return {};
  }
}

/** Tokens are most of a log, and none of these figures needs them. Nothing where the log is not to be read. */
export function figuresOfLog(path: string, header: Header): CellFigures {
  let text: string;
  try {
    text = readTextFile(path);
  } catch {
    return {};
  }
  const records = text.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('{"type":"token"')) return [];
    try {
      const record = recordSchema.safeParse(JSON.parse(line));
      return record.success ? [record.data] : [];
    } catch {
      return [];
    }
  });
  return cellFigures(header, records);
}
