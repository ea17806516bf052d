/** Every rule, in the order of the report. Adding one is a file in rules/ and one line here. */
import type { Rule } from './rule.ts';
import { betweenTokens } from './rules/between-tokens.ts';
import { childProcesses } from './rules/child-processes.ts';
import { consoleOutput } from './rules/console-output.ts';
import { contract } from './rules/contract.ts';
import { defaultsElsewhere } from './rules/defaults.ts';
import { frameworkNames } from './rules/framework-names.ts';
import { frameworkRooms } from './rules/framework-rooms.ts';
import { freeImport } from './rules/free-import.ts';
import { layers } from './rules/layers.ts';
import { longDuplicates } from './rules/long-duplicates.ts';
import { metricElsewhere } from './rules/metric-elsewhere.ts';
import { processExit } from './rules/process-exit.ts';
import { randomness } from './rules/randomness.ts';
import { resultsWriting } from './rules/results-writing.ts';
import { scriptHelp } from './rules/script-help.ts';
import { swallowedErrors } from './rules/swallowed-errors.ts';
import { syntax } from './rules/syntax.ts';
import { wallClock } from './rules/wall-clock.ts';
import { workloadParts } from './rules/workload-parts.ts';

export const rules: readonly Rule[] = [
  syntax,
  betweenTokens,
  wallClock,
  metricElsewhere,
  contract,
  freeImport,
  workloadParts,
  frameworkNames,
  frameworkRooms,
  layers,
  defaultsElsewhere,
  scriptHelp,
  randomness,
  swallowedErrors,
  childProcesses,
  processExit,
  consoleOutput,
  resultsWriting,
  longDuplicates,
];
