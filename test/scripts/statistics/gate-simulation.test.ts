/** The tables of docs/regression-gate.md are those that tools/gate-simulation.ts makes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { otherRules } from '../../../tools/gate-simulation/rules.ts';
import { ruleAlarms, ruleFinds } from '../../../tools/gate-simulation/simulate.ts';
import { simulationTables } from '../../../tools/gate-simulation/tables.ts';

const page = readFileSync(new URL('../../../docs/regression-gate.md', import.meta.url), 'utf8');

const firstCells = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|')[1]?.trim());

it('has the same rules, noises and changes as the page', async () => {
  const figures: number[] = [];
  const tables = await simulationTables(1, async (done, total) => void figures.push(done / total));
  const [, made = ''] = page.split('<!-- made by tools/gate-simulation.ts -->');
  expect(firstCells(made.split('<!-- end -->')[0] ?? '')).toEqual(firstCells(tables));
  const headers = (text: string) => text.split('\n').filter((line) => line.startsWith('| rule |'));
  expect(headers(made)).toEqual(headers(tables));
  expect(Math.max(...figures)).toBeLessThan(1);
});

describe('the rules of other tools', () => {
  const scenario = { noise: 'lognormal, 5 %', cells: 100, comparisons: 40, seed: 9 } as const;
  const rule = (name: string) => otherRules[name] ?? (() => []);

  it('alarm in nearly every pull request, or can never alarm', () => {
    expect(ruleAlarms(rule('Threshold of 10 %, one run a side'), scenario).share).toBeGreaterThan(0.9);
    expect(ruleAlarms(rule('Mann-Whitney at 0.05, 8 runs'), scenario).share).toBeGreaterThan(0.8);
    expect(ruleFinds(rule('Mann-Whitney with Holm at 0.01, 8 runs'), scenario, 0.3).count).toBe(0);
  });

  it('find what is large enough for them', () => {
    for (const name of Object.keys(otherRules)) {
      if (name === 'Mann-Whitney with Holm at 0.01, 8 runs') continue;
      expect(ruleFinds(rule(name), scenario, 0.5).share, name).toBe(1);
    }
  });
});
