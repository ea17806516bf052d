/** What contenders of the kernel workload did beside the first one, as a person reads it. */
import { significant } from '../../command-line/format.ts';
import { table } from '../../command-line/terminal.ts';
import { median } from '../../statistics/statistics.ts';
import { type KernelRates, type KernelTests, medianRatio } from './kernel-turns.ts';

interface TurnsSubject extends KernelTests {
  shape: string;
  threads: number;
}

/** The first contender's rates are tokens per second; of the others there are ratios to it. Medians over the rounds. */
export interface TurnsResult extends TurnsSubject {
  rounds: number;
  yardstick: { name: string } & KernelRates;
  ratios: Array<{ name: string } & KernelRates>;
}

export function turnsResult(
  subject: TurnsSubject,
  names: readonly string[],
  rates: readonly KernelRates[][],
): TurnsResult {
  const [first = [], ...others] = rates;
  const ratesOf = (test: keyof KernelRates) => median(first.map((round) => round[test]));
  return {
    ...subject,
    rounds: first.length,
    yardstick: { name: names[0] ?? '', pp: ratesOf('pp'), tg: ratesOf('tg') },
    ratios: others.map((own, i) => ({
      name: names[i + 1] ?? '',
      pp: medianRatio(own, first, 'pp'),
      tg: medianRatio(own, first, 'tg'),
    })),
  };
}

export function turnsTable(results: readonly TurnsResult[]): string {
  const names = results[0]?.ratios.map(({ name }) => name) ?? [];
  const yardstick = results[0]?.yardstick.name ?? '';
  const columns = (test: string) => [`${test} ${yardstick}`, ...names.map((name) => `${test} ${name}`)];
  return table(
    ['shape', 'threads', 'tokens', ...columns('pp'), ...columns('tg')],
    results.map(({ shape, threads, nPrompt, nGen, yardstick: first, ratios }) => {
      const cells = (test: keyof KernelRates) => [
        significant(first[test]),
        ...ratios.map((ratio) => ratio[test].toFixed(2)),
      ];
      return [shape, String(threads), `${nPrompt}, ${nGen}`, ...cells('pp'), ...cells('tg')];
    }),
  );
}
