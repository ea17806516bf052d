import type { Payload } from '../../payload.ts';

/** Said wherever tokens are shown. */
export function thinnedNote({ tokens: { answersPerRun } }: Payload): string[] {
  return answersPerRun === null
    ? []
    : [`To keep the file small it has the tokens of the first ${answersPerRun} answers of each run.`];
}
