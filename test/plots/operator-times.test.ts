/** Where a token's time goes: parts that add up, one profile a contender, and what no operator accounts for. */
import { expect, it } from 'vitest';
import { operatorTimes } from '../../plots/charts/operator-times.ts';
import { partTimes, profilesOf } from '../../plots/data/operator-times.ts';
import { plotData } from '../../plots/data/plot-data.ts';
import { drawChart, pictureOf, reportOf } from './drawn.ts';
import { profiled, profiledData } from './operator-rows.ts';
import { completedRun } from './row-factory.ts';

it('the parts of an evaluation add up to it, with what lies between its operators', () => {
  const [profile] = profilesOf(profiled.runs, profiled.operators);
  expect(profile?.phases.map(({ phase, tokens, evaluationMs }) => [phase, tokens, evaluationMs])).toEqual([
    ['decode', 1, 2],
    ['prefill', 64, 32],
  ]);
  for (const times of profile?.phases ?? []) {
    expect(times.covered).toBeCloseTo(0.95);
    const shares = partTimes(times).map(({ part, ms }) => [part, Number((ms / times.evaluationMs).toFixed(3))]);
    expect(shares).toEqual([
      ['feed-forward', 0.44],
      ['embedding, output', 0.285],
      ['attention matrices', 0.1],
      ['attention', 0.08],
      ['between operators', 0.05],
      ['norms', 0.04],
      ['other', 0.005],
    ]);
    const ofLayer = times.layers.filter(({ layer }) => layer === 3).reduce((sum, { ms }) => sum + ms, 0);
    expect(ofLayer / times.evaluationMs).toBeCloseTo(0.165);
  }
});

it('of several profiles of a contender the latest counts, and the fastest contender comes first', () => {
  const runs = [
    completedRun({ framework: 'openvino', uuid: 'old', started_at: '2026-11-01T10:00:00.000Z' }),
    completedRun({ framework: 'openvino', uuid: 'new', started_at: '2026-11-02T10:00:00.000Z' }),
    completedRun({ framework: 'other', uuid: 'fast' }),
    completedRun({ framework: 'failed', uuid: 'failed', status: 'failed' }),
  ];
  const data = profiledData(runs, [1, 3, 2, 1]);
  expect(profilesOf(data.runs, data.operators).map(({ name, phases }) => [name, phases[0]?.evaluationMs])).toEqual([
    ['other', 4],
    ['openvino', 6],
  ]);
});

it('a single profile is answered in one sentence, and its coverage is said', async () => {
  const picture = pictureOf(operatorTimes, profiled);
  expect(picture.title).toBe('openvino: 44 % of the time of a decoded token is feed-forward');
  expect(picture.subtitle.join(' ')).toContain('the operators add up to 95 % of a decoded token and 95 % of a prompt');
  const svg = (await drawChart(operatorTimes, profiled))?.svg ?? '';
  for (const words of ['ffn_down', 'output', 'between operators', 'Decode: % of the 2.00 ms of a token']) {
    expect(svg).toContain(words);
  }
  expect(picture.table.rows.filter((row) => row.some(({ text }) => text === 'decode'))).toHaveLength(8);
  const report = JSON.stringify(await reportOf(profiled));
  expect(report).toContain('a decoded token takes 2.00 ms: feed-forward 44 %, embedding, output 28 %');
});

it('is absent where no engine timed its operators', () => {
  expect(operatorTimes.draw(plotData([completedRun()]))).toBeNull();
});
