/** What goes into the file comes out of it again. */
import { describe, expect, it } from 'vitest';
import { makeDashboard } from '../../../plots/dashboard/build.ts';
import { ByteWriter, joined, parted } from '../../../plots/dashboard/packing/bytes.ts';
import { packGroups, unpackGroups } from '../../../plots/dashboard/packing/groups.ts';
import { packRows, unpackRows } from '../../../plots/dashboard/packing/rows.ts';
import { type PackedTokens, tokenReader } from '../../../plots/dashboard/packing/tokens.ts';
import { plotData } from '../../../plots/data/plot-data.ts';
import { runColumns } from '../../../scripts/results/runs/runs.ts';
import { completedRun, shapedRuns } from '../row-factory.ts';
import { tokensOf } from './dashboard-data.ts';

const runs = [
  ...shapedRuns({ frameworks: ['llamacpp', 'onnx'], quantizations: ['F16', 'Q8_0'], runs: 4 }),
  completedRun({
    uuid: 'other',
    comparable: null,
    ttft_ms: null,
    error: 'a "quoted" line\nand another, ü €',
    twin: true,
  }),
];

describe('packed rows', () => {
  it('are the same rows again, nulls and all', () => {
    const writer = new ByteWriter();
    const { document, bytes } = parted(joined(packRows(runColumns, runs, writer), writer.bytes()));
    expect(unpackRows(runColumns, JSON.parse(JSON.stringify(document)), bytes)).toEqual(runs);
  });

  it('of another version are refused', () => {
    expect(() =>
      unpackRows(runColumns, { count: 1, columns: { uuid: { kind: 'constant', value: 3 } } }, new Uint8Array()),
    ).toThrow('do not fit');
  });
});

describe('packed groups', () => {
  const { groups } = plotData(runs);
  const packed = packGroups(groups, runs);

  it('are the same groups again', () => {
    expect(unpackGroups(JSON.parse(JSON.stringify(packed)), runs, () => true)).toEqual(groups);
  });

  it('have the runs that are shown, and neither members nor groups without any', () => {
    const shown = runs
      .flatMap((run, place) => (run.framework === 'onnx' && run.quantize === 'F16' ? [place] : []))
      .slice(0, 2);
    const left = unpackGroups(packed, runs, (place) => shown.includes(place));
    expect(left.map(({ members }) => members.map((member) => member.runs))).toEqual([
      [shown.map((place) => runs[place])],
    ]);
  });
});

describe('packed tokens', () => {
  const uuids = runs.map(({ uuid }) => uuid);
  const packed = (answersPerRun: number | null): [PackedTokens, Uint8Array] => {
    const writer = new ByteWriter();
    return [tokensOf(runs, { answers: 3, tokens: 8 }).pack(uuids, answersPerRun, writer), writer.bytes()];
  };

  it('have their texts, and their times within 0.03 %', () => {
    const { answersOf: read, eachGap } = tokenReader(...packed(null));
    const [cold, measured] = read(0);
    expect([cold?.phase, measured?.phase]).toEqual(['cold', 'measured']);
    expect(measured?.tokens.map(({ text }) => text).slice(0, 3)).toEqual([' the', ' answer', ' is']);
    const ttftMs = runs[0]?.ttft_ms ?? 0;
    expect(Math.abs((measured?.tokens[0]?.durationMs ?? 0) / ttftMs - 1)).toBeLessThan(0.0003);
    expect(read(runs.length - 1)).toHaveLength(3);
    const gaps: number[] = [];
    eachGap(0, (durationMs) => gaps.push(durationMs));
    const ofMeasured = read(0).filter(({ phase }) => phase === 'measured');
    expect(gaps).toEqual(ofMeasured.flatMap(({ tokens }) => tokens.slice(1).map(({ durationMs }) => durationMs)));
    expect(gaps).toHaveLength(14);
  });

  it('are those of the first answers where so many are asked for', () => {
    expect(
      tokenReader(...packed(2))
        .answersOf(3)
        .map(({ answer }) => answer),
    ).toEqual([0, 1]);
  });
});

it('a file that would grow too large has fewer answers of each run, and says how many', async () => {
  const data = plotData(runs);
  const whole = await makeDashboard(data, tokensOf(runs, { answers: 8, tokens: 200 }));
  expect(whole.answersPerRun).toBeNull();
  const thinned = await makeDashboard(data, tokensOf(runs, { answers: 8, tokens: 200 }), {
    largest: whole.html.length - 1,
  });
  expect(thinned.answersPerRun).toBe(4);
  expect(thinned.html.length).toBeLessThan(whole.html.length);
});
