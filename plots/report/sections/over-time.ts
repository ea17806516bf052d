/** What changed since earlier runs of the same measurements. */
import { trendReport } from '../../../collate/regressions/trend/report.ts';
import { list, text } from '../document.ts';
import { chartBlocks, type Part } from '../section.ts';

const mostListed = 8;

export const overTime: Part = {
  id: 'over-time',
  title: 'Over time',
  blocks(input) {
    const { trend, output } = input.data;
    if (trend.every(({ verdict }) => verdict === 'insufficient')) return [];
    const { sentence, rows } = trendReport(trend, output);
    const told = rows.filter(({ kind }) => kind !== null).slice(0, mostListed);
    return [
      text(sentence),
      ...(told.length === 0 ? [] : list(told.map(({ title, cell, headline }) => `${title} of ${cell}. ${headline}`))),
      ...chartBlocks(input, 'trend'),
    ];
  },
};
