/** Bars with their intervals, one below the other, and dots of single runs on them. */
import { ink } from '../../render/theme.ts';
import { type Layer, literal, quantitative, tip } from './spec.ts';

export interface Bar {
  readonly place: number;
  readonly center: number;
  readonly low: number;
  readonly high: number;
  readonly fill: string;
  readonly stroke: string;
  /** Under its name. */
  readonly words: string;
  readonly mark: number;
  readonly tip: string;
}

interface Dot {
  readonly place: number;
  readonly x: number;
  readonly mark: number;
  readonly tip: string;
}

/** @param labels of the rows: an expression over their places */
export function barLayers(bars: readonly Bar[], dots: readonly Dot[], title: string, labels: string): Layer[] {
  const values = bars.map((bar) => ({ ...bar }));
  const y = {
    field: 'place',
    type: 'ordinal' as const,
    axis: { title: null, labelExpr: labels, labelLineHeight: 14, grid: false },
  };
  const x = { ...quantitative('center'), scale: { zero: true, nice: true }, axis: { title, grid: true } };
  return [
    {
      data: { values },
      mark: { type: 'bar', height: 14, cursor: 'pointer', strokeWidth: 1.5 },
      encoding: { y, x, fill: literal('fill'), stroke: literal('stroke'), tooltip: tip },
    },
    {
      data: { values: dots.map((dot) => ({ ...dot })) },
      mark: { type: 'point', filled: true, size: 22, color: ink, opacity: 0.55, cursor: 'pointer' },
      encoding: { y, x: { ...x, field: 'x' }, tooltip: tip },
    },
    {
      data: { values },
      mark: { type: 'rule', color: ink, strokeWidth: 2 },
      encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' } },
    },
  ];
}
