/** AIPerf: profile_export_aiperf.json and .csv, which have summaries, and profile_export.jsonl, which has the requests. */
import { aiperf as definitions } from '../../../definitions/tools/aiperf.ts';
import type { Content } from '../../content.ts';
import { Malformed } from '../../malformed.ts';
import type { ForeignRead, ForeignTool } from '../../tool.ts';
import { isRecord, readRecords } from './records.ts';
import { isSummary, readSummary } from './summary.ts';
import { isSummaryCsv, readSummaryCsv } from './summary-csv.ts';

export const aiperf: ForeignTool = {
  name: 'aiperf',
  title: definitions.title,
  formats: 'profile_export_aiperf.json and .csv, profile_export.jsonl',
  recognises: (content) => readerOf(content) !== undefined,
  read: (content) => {
    const reader = readerOf(content);
    if (reader === undefined) throw new Malformed(null, 'it has none of the formats of AIPerf');
    return reader();
  },
};

function readerOf(content: Content): (() => ForeignRead) | undefined {
  switch (content.kind) {
    case 'json':
      if (isRecord(content.value)) return () => readRecords([{ line: 1, value: content.value }]);
      return isSummary(content.value) ? () => readSummary(content.value) : undefined;
    case 'json lines':
      return isRecord(content.lines[0]?.value) ? () => readRecords(content.lines) : undefined;
    case 'text':
      return isSummaryCsv(content.text) ? () => readSummaryCsv(content.text) : undefined;
    default:
      return content satisfies never;
  }
}
