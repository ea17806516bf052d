/** What the stages of `npm start` have in common. */
import type { Progress } from '../command-line/progress.ts';
import type { VocabularyLender } from '../engine/vocabulary-process.ts';
import type { StartTime } from './start-plan.ts';

export interface StartStage {
  /** Folder of results. */
  output: string;
  line: Progress;
  /** Prints, between two lines of progress. */
  tell: (text: string) => void;
  time: StartTime;
  /** Of both comparisons. */
  vocabularies: VocabularyLender;
  /** Ctrl-C and its like. */
  signal: AbortSignal;
}
