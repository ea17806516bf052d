/** What reads the result files of one other tool. */
import { foreignLimits } from '../../scripts/command-line/files/input-limits.ts';
import type { ForeignCell } from '../../scripts/log/foreign-file.ts';
import type { Content } from './content.ts';
import { Malformed } from './malformed.ts';

export interface ForeignTool {
  /** As --tool takes it. */
  readonly name: string;
  readonly title: string;
  /** The files it reads, for the help. */
  readonly formats: string;
  /** By content alone: what a file is called proves nothing. */
  readonly recognises: (content: Content) => boolean;
  /** @throws Malformed naming what is wrong, and where */
  readonly read: (content: Content) => ForeignRead;
}

export interface ForeignRead {
  /** Null where the file does not tell. */
  toolVersion: string | null;
  layout: string;
  cells: readonly ForeignCell[];
}

/** @throws Malformed for more entries than are taken */
export function atMost<T>(entries: readonly T[], what: string): readonly T[] {
  if (entries.length > foreignLimits.entries) {
    throw new Malformed(null, `it has more than ${foreignLimits.entries.toLocaleString('en-US')} ${what}`);
  }
  return entries;
}
