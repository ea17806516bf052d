/**
 * What the raw logs say of the runs so far: of each log only its first and its last line are read, so ten thousand take a second;
 * and the rates of a run, from its records or from its log.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { fileError, isSystemError } from '../../command-line/errors.ts';
import { readTextFile } from '../../command-line/files/text-file.ts';
import { type EndRecord, type Header, type RunRecord, recordIn } from '../../log/run-log-format.ts';
import { runRates } from '../../results/figures/metrics.ts';
import { recordsOf } from '../../results/run.ts';
import { mean } from '../../statistics/statistics.ts';
import { embeddingFigures } from '../../workloads/embedding/tables.ts';
import { loadResults } from '../../workloads/load/run-figures.ts';
import { levelFigures } from '../../workloads/pool/figures.ts';

export interface RunTrace {
  path: string;
  header: Header;
  /** Null for a log without a closing line: the run was killed, or is still going on. */
  end: EndRecord | null;
}

/** In no order. Files that are not run logs are passed over. */
export function* readTraces(output: string): Generator<RunTrace> {
  for (const path of logsBelow(join(output, 'raw'))) {
    const trace = readTrace(path);
    if (trace !== null) yield trace;
  }
}

function logsBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.txt'))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw fileError(error, folder, 'reading');
  }
}

function readTrace(path: string): RunTrace | null {
  let lines: { first: string; last: string };
  try {
    lines = firstAndLastLine(path);
  } catch {
    return null;
  }
  const header = recordIn(lines.first);
  if (header?.type !== 'header') return null;
  const end = recordIn(lines.last);
  return { path, header, end: end?.type === 'end' ? end : null };
}

const blockBytes = 1 << 16;
const longestHeaderBytes = 1 << 20;

function firstAndLastLine(path: string): { first: string; last: string } {
  const file = openSync(path, 'r');
  try {
    const block = Buffer.alloc(blockBytes);
    const parts: string[] = [];
    let bytes = 0;
    let read = readSync(file, block, 0, blockBytes, 0);
    while (read > 0 && !block.subarray(0, read).includes(newline) && bytes < longestHeaderBytes) {
      parts.push(block.toString('utf8', 0, read));
      bytes += read;
      read = readSync(file, block, 0, blockBytes, bytes);
    }
    const end = block.subarray(0, read).indexOf(newline);
    if (end === -1) return { first: '', last: '' };
    parts.push(block.toString('utf8', 0, end));
    return {
      first: parts.join(''),
      last: lastLine(file, block, { bytes: read, whole: bytes === 0 && read < blockBytes }),
    };
  } finally {
    closeSync(file);
  }
}

const newline = 0x0a;

/** Without its line break; a line that has none is cut off, whatever is in it. A closing line is far shorter than a block. */
function lastLine(file: number, block: Buffer, known: { bytes: number; whole: boolean }): string {
  let bytes = known.bytes;
  if (!known.whole) {
    const { size } = fstatSync(file);
    bytes = readSync(file, block, 0, blockBytes, Math.max(0, size - blockBytes));
  }
  const tail = block.subarray(0, bytes);
  if (tail[bytes - 1] !== newline) return '';
  const start = tail.lastIndexOf(newline, bytes - 2);
  return tail.toString('utf8', start + 1, bytes - 1);
}

export const figureNames = ['decode', 'pp', 'tg', 'embedding', 'throughput'] as const;
/** Tokens per second: of answers, of llama-bench's two tests, of embedded texts, and of all answers at a time together. */
export type CellFigures = Partial<Record<(typeof figureNames)[number], number>>;

export function cellFigures(header: Header, records: readonly RunRecord[]): CellFigures {
  const of = <T extends RunRecord['type']>(type: T) => recordsOf({ records }, type);
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
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('{"type":"token"'));
  return cellFigures(
    header,
    lines.flatMap((line) => recordIn(line) ?? []),
  );
}
