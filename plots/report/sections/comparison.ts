/** What changed between two sides, where a comparison lies beside the tables. */
import { changeLines } from '../../../collate/comparing/text.ts';
import { answer, list, note } from '../document.ts';
import { chartBlocks, type Part } from '../section.ts';

export const comparison: Part = {
  id: 'comparison',
  title: 'What changed',
  blocks(input) {
    const { comparison: report } = input.data;
    if (report === null) return [];
    return [
      answer(report.sentence),
      ...chartBlocks(input, 'comparison'),
      ...list(changeLines(report), 'What else differs between the sides:'),
      ...report.doubts.map(note),
    ];
  },
};
