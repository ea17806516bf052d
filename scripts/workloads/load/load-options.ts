/** The options of a load test. */
import type { Command } from '@commander-js/extra-typings';
import type { OptionValues } from 'commander';
import { realNumber, wholeNumber } from '../../command-line/options.ts';
import { type Objectives, objectives } from '../../log/figures/objectives.ts';
import { defaults } from '../../run/run-plan.ts';
import { type LoadShape, loadShape } from './load-shape.ts';

export interface LoadOptionValues {
  /** Absent: no load test. */
  load?: LoadShape | undefined;
  loadSeconds: number;
  loadWarmup: number;
  requestTimeout: number;
  slo?: Objectives | undefined;
}

const longestSeconds = 24 * 3600;

export function withLoadOptions<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return command
    .option(
      '--load <shape>',
      'many requests at a time: single, concurrency=N, rate=R and poisson=R (requests/s), ramp or ramp=N (1, 2, 4, ... clients until nothing is gained)',
      loadShape,
    )
    .option(
      '--load-seconds <s>',
      'load: how long a stage sends requests',
      realNumber(0.1, longestSeconds),
      defaults.load.seconds,
    )
    .option(
      '--load-warmup <n>',
      'load: requests beforehand that count nothing',
      wholeNumber(0, 10_000),
      defaults.load.warmUpRequests,
    )
    .option(
      '--request-timeout <s>',
      'load: a request that takes longer has failed',
      realNumber(0.1, longestSeconds),
      defaults.load.requestTimeoutSeconds,
    )
    .option(
      '--slo <limits>',
      'load: what an answer must keep to count as goodput, milliseconds: ttft=500,tpot=50,e2e=5000',
      objectives,
    );
}
