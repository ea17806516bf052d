/** Requests that a client timed, as the definitions of other tools take those of a log. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Recorded, type Request, readRecorded } from '../../collate/definitions/recorded.ts';
import type { Measured, Tool } from '../../collate/definitions/tool.ts';
import { linesOf, logRecords } from '../collate/log-factory.ts';

/** What a client says of one request: seconds on one clock, whichever. */
export interface TimedRequest {
  startSeconds: number;
  /** The first is that of the first token, the last that of the last. */
  pieceSeconds: readonly number[];
  tokens: number;
  promptTokens: number;
}

/** The tool's figures by name, computed by its formulas as collate/definitions has them. */
export function figuresOf({ figures }: Tool, timed: readonly TimedRequest[]): ReadonlyMap<string, Measured> {
  const recorded = recordedOf(timed);
  return new Map(figures.map(({ name, of }) => [name, of(recorded)]));
}

function recordedOf(timed: readonly TimedRequest[]): Recorded {
  // Instants since 1970 in nanoseconds are beyond the whole numbers of a double.
  const [{ startSeconds: origin } = { startSeconds: 0 }] = timed;
  const ns = (seconds: number) => (seconds - origin) * 1e9;
  const requests = timed.map(
    ({ startSeconds, pieceSeconds, tokens, promptTokens }, i): Request => ({
      ...{ questionId: String(i), startNs: ns(startSeconds), submitNs: ns(startSeconds), firstChunkTokens: 1 },
      ...{ chunksNs: pieceSeconds.map(ns), tokens, promptTokens },
    }),
  );
  return { ...emptyLog(), requests };
}

function emptyLog(): Recorded {
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-test-'));
  try {
    const path = join(folder, 'log.txt');
    writeFileSync(path, linesOf(logRecords({ answers: [] })));
    return readRecorded(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
