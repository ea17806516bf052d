/** Rows of operators.csv of made-up profiles, whose every figure is known beforehand. */
import { type PlotData, plotData } from '../../plots/data/plot-data.ts';
import { type OperatorRow, operatorsTable } from '../../scripts/results/operators-table.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { isRow } from '../../scripts/results/table.ts';
import { completedRun } from './row-factory.ts';

const nothing: Record<string, null> = Object.fromEntries(operatorsTable.columns.map(({ name }) => [name, null]));
if (!isRow(nothing, operatorsTable.columns)) throw new Error('a row without figures is a row');
const empty: OperatorRow = nothing;

const layers = 4;
/** Milliseconds in each layer of a decode of 2 ms; they add up to 1.9 ms with the output. */
const perLayer: Readonly<Record<string, number>> = {
  attn_q: 0.05,
  attention: 0.04,
  ffn_up: 0.1,
  ffn_down: 0.12,
  attn_norm: 0.02,
};
const outputMs = 0.58;

/** A prompt of 64 tokens takes sixteen times as long in every operator. */
function operatorRows({ uuid, framework }: Pick<RunRow, 'uuid' | 'framework'>, scale = 1): OperatorRow[] {
  return (['prefill', 'decode'] as const).flatMap((phase) => {
    const times = phase === 'decode' ? scale : 16 * scale;
    const facts = {
      ...empty,
      uuid,
      framework,
      phase,
      tokens: phase === 'decode' ? 1 : 64,
      evaluations: phase === 'decode' ? 16 : 3,
      evaluation_ms: 2 * times,
    };
    const row = (operator: string, ms: number, layer: number | null): OperatorRow => ({
      ...facts,
      layer,
      operator,
      kind: 'FullyConnected',
      kernel: 'a_kernel',
      operator_ms: ms * times,
    });
    return [
      ...Array.from({ length: layers }, (_, layer) =>
        Object.entries(perLayer).map(([operator, ms]) => row(operator, ms, layer)),
      ).flat(),
      row('output', outputMs - 0.01, null),
      row('other', 0.01, null),
    ];
  });
}

export function profiledData(runs: readonly RunRow[], scales: readonly number[] = []): PlotData {
  return plotData(runs, { operators: runs.flatMap((run, i) => operatorRows(run, scales[i])) });
}

export const profiled = profiledData([completedRun({ framework: 'openvino', uuid: 'profiled' })]);
