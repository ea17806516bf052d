/** The command that measures a candidate: what a prediction has to stand, and what repeats a measurement. */
import { shellLine, startWords } from '../../scripts/command-line/shell-line.ts';
import { singleScript } from '../../scripts/log/repeating-command.ts';
import type { ModelCost } from '../../scripts/results/model-costs.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { Subject } from './subject.ts';

type Place = Pick<Subject, 'framework' | 'quantize' | 'device' | 'threads'>;

/**
 * @param like a run of the same framework, whose workload the command repeats
 * cost: of the model; null: the model of the run
 */
export function verifyingCommand(
  place: Place,
  like: RunRow | undefined,
  { cost, depth }: { cost: ModelCost | null; depth: number },
): string {
  const size = cost?.size ?? like?.size ?? undefined;
  const algorithm = cost?.algorithm ?? like?.algorithm ?? undefined;
  const options: ReadonlyArray<readonly [name: string, value: string | number | null | undefined]> = [
    ['--size', size],
    ['--algorithm', algorithm],
    ['--quantize', place.quantize],
    ['--device', place.device === 'cpu' ? undefined : place.device],
    ['--threads', place.threads],
    ...(like?.workload === 'kernel'
      ? ([
          ['--workload', 'kernel'],
          ['--n-prompt', like.n_prompt],
          ['--n-gen', like.n_gen],
          ['--depth', depth === 0 ? undefined : depth],
        ] as const)
      : []),
  ];
  const words = options.flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [name, String(value)],
  );
  const synthetic = like?.synthetic === true ? ['--synthetic'] : [];
  return shellLine([...startWords(singleScript(place.framework)), ...words, ...synthetic]);
}
