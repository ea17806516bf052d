/** The simulation as Markdown: false alarms, what is found, and how many runs the gate asks for. */
import { otherRules, type Rule, runsASide } from './rules.ts';
import { gateAlarms, gateFinds, ruleAlarms, ruleFinds, runsAskedFor, type Scenario, type Share } from './simulate.ts';
import type { NoiseName } from './simulated-cell.ts';

const cells = 100;
const noiseNames: readonly NoiseName[] = [
  'lognormal, 1 %',
  'lognormal, 5 %',
  'two speeds, 10 % apart',
  'drifting up to 20 %',
  'autocorrelated, AR(1) of 0.5',
];

interface Change {
  noise: NoiseName;
  slowdown: number;
}

const changes: readonly Change[] = [
  { noise: 'lognormal, 1 %', slowdown: 0.03 },
  { noise: 'lognormal, 5 %', slowdown: 0.1 },
  { noise: 'lognormal, 5 %', slowdown: 0.03 },
];

/** @param onFigure called before each figure with how many there are; it may throw to stop */
export async function simulationTables(
  comparisons: number,
  onFigure: (done: number, total: number) => Promise<void>,
): Promise<string> {
  const rules = Object.entries(otherRules);
  const total = (rules.length + 1) * (noiseNames.length + changes.length) + changes.length + 1;
  let done = 0;
  const figure = async <T>(of: () => T): Promise<T> => {
    await onFigure(done++, total);
    return of();
  };
  const scenario = (noise: NoiseName, seed: number, of = cells): Scenario => ({ noise, cells: of, comparisons, seed });

  const alarms = [];
  for (const noise of noiseNames) alarms.push(await figure(() => gateAlarms(scenario(noise, 1))));
  const finds = [];
  const findsWithEight = [];
  for (const { noise, slowdown } of changes) {
    finds.push(await figure(() => gateFinds(scenario(noise, 2), slowdown)));
    findsWithEight.push(await figure(() => gateFinds(scenario(noise, 2), slowdown, runsASide)));
  }
  const othersAlarm: string[][] = [];
  const othersFind: string[][] = [];
  for (const [name, rule] of rules) {
    othersAlarm.push([name, ...(await alarmsOf(rule, scenario, figure))]);
    const found: string[] = [];
    for (const { noise, slowdown } of changes) {
      found.push(percent(await figure(() => ruleFinds(rule, scenario(noise, 2), slowdown))));
    }
    othersFind.push([name, ...found]);
  }
  const asked = await figure(() => runsAskedFor(scenario('lognormal, 5 %', 3, 1)));
  const titles = changes.map(
    ({ noise, slowdown }) => `${slowdown * 100} % slower, noise ${noise.replace('lognormal, ', '')}`,
  );
  return [
    `Alarms without any change: share of ${counted(comparisons)} pull requests, of ${cells} cells each, in which at least one cell alarmed, with its 95 % interval.`,
    '',
    markdown(
      ['rule', ...noiseNames],
      [
        ['**The gate**, in either direction', ...alarms.map(({ any }) => percent(any))],
        ['The gate, failing the build', ...alarms.map(({ slower }) => percent(slower))],
        ...othersAlarm,
      ],
    ),
    '',
    `The second stage measured ${listOf(alarms.map(({ suspected }) => shareText(suspected.share)))} of the cells again.`,
    '',
    `One of ${cells} cells is slower: share of ${counted(comparisons)} pull requests in which it was found.`,
    '',
    markdown(
      ['rule', ...titles],
      [
        ['**The gate**', ...finds.map(({ found }) => percent(found))],
        [
          `The gate, at most ${runsASide} runs a side in the second stage too`,
          ...findsWithEight.map(({ found }) => percent(found)),
        ],
        ...othersFind,
      ],
    ),
    '',
    `The first stage had ${runsASide} runs a side, the second ${listOf(finds.map(({ runsAgain }) => (runsAgain === null ? 'none' : runsAgain.toFixed(0))))} on average, and only for the suspects.`,
    '',
    `For a change of 3 % at a noise of 5 % the gate asks for ${asked.median.toFixed(0)} runs a side (median of ${counted(comparisons)} answers, 90 % of them from ${asked.low.toFixed(0)} to ${asked.high.toFixed(0)}, for it knows the noise from ${2 * runsASide} runs only).`,
  ].join('\n');
}

async function alarmsOf(
  rule: Rule,
  scenario: (noise: NoiseName, seed: number) => Scenario,
  figure: <T>(of: () => T) => Promise<T>,
): Promise<string[]> {
  const shares: string[] = [];
  for (const noise of noiseNames) shares.push(percent(await figure(() => ruleAlarms(rule, scenario(noise, 1)))));
  return shares;
}

function markdown(header: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  return [
    line(header),
    `|---|${header
      .slice(1)
      .map(() => '---:|')
      .join('')}`,
    ...rows.map(line),
  ].join('\n');
}

function percent({ share, interval }: Share): string {
  return `${shareText(share)} (${shareText(interval.low, '')}–${shareText(interval.high, '')})`;
}

function shareText(share: number, unit = ' %'): string {
  return `${(100 * share).toFixed(share > 0.1 && share < 0.9 ? 0 : 1)}${unit}`;
}

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function counted(count: number): string {
  return count.toLocaleString('en');
}
