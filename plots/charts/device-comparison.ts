/** The same framework, model and weight class on several devices or hosts: a row each, never pooled. */
import { significant } from '../../scripts/command-line/format.ts';
import { type Placement, placementName, placements, placeName } from '../data/coverage.ts';
import { isRanked, markBehind } from '../data/groups.ts';
import { metricOf, summaryOf } from '../data/metric.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import { barScaleLines, barStack } from '../panels/bar-stack.ts';
import { markLines } from '../panels/marks.ts';
import { mostPanels } from '../panels/panel.ts';
import { looksOf } from '../panels/rows.ts';
import { count, left, right, summaryCells, tableOf, withoutConstants } from '../report/table.ts';
import { altText, type Chart } from './chart.ts';
import { moreLines, noAnswers, valueWords } from './scope.ts';

const decodeRate = metricOf('decode_tokens_per_s');

export const deviceComparison: Chart = {
  name: 'device_comparison',
  question: 'How fast is the same model on each device?',
  draw(data) {
    const all = placements(data);
    const [first, ...others] = all;
    if (first === undefined) return { kind: 'gap', sentence: onePlace(data), command: nextCommands(data).otherDevice };
    const shown = all.slice(0, mostPanels);
    const panels = shown.map((placement) => ({
      title: placementName(placement),
      rows: placement.places.map((place) => ({
        name: placeName(place),
        ...looksOf(place.member),
        runs: place.member.runs,
      })),
    }));
    const groups = shown.flatMap(({ places }) => places.map(({ group, member }) => ({ ...group, members: [member] })));
    const rows = all.flatMap((placement) => placement.places.map((place) => ({ placement, place, ...place })));
    return {
      kind: 'picture',
      title: others.length > 0 ? null : titleOf(first),
      subtitle: [
        others.length > 0
          ? 'One panel for each framework, model and weight class; one row for each device and host, never pooled.'
          : placementName(first),
        ...markLines(groups),
        ...barScaleLines(panels, [decodeRate]),
        ...moreLines(all.length - shown.length),
      ],
      spec: barStack(panels, [decodeRate]),
      table: withoutConstants(
        tableOf('Decode rate by device and host', rows, [
          [left('Framework'), ({ placement }) => partsOf(placement.framework, placement.setting)],
          [left('Model'), ({ placement }) => placement.model],
          [left('Weight class'), ({ placement }) => placement.weightClass],
          [left('Place'), ({ place, member }) => placeName(place) + markBehind(member)],
          [right('Runs'), ({ member }) => count(member.runs.length)],
          [right(decodeRate.title, decodeRate.unit), ({ member }) => summaryCells(member, decodeRate)[0]],
          [right('95 % interval', decodeRate.unit), ({ member }) => summaryCells(member, decodeRate)[1]],
        ]),
      ),
      alt: altText(
        'Bar chart of decode rate by device and host.',
        all.map((placement) => {
          const values = placement.places.map(
            (place) => `${placeName(place)} ${valueWords(place.member.runs, decodeRate)}`,
          );
          return `${placementName(placement)}: ${values.join(', ')}.`;
        }),
      ),
    };
  },
};

function partsOf(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}

function titleOf({ framework, places }: Placement): string | null {
  const [first, second] = places
    .filter(({ member }) => isRanked(member))
    .map((place) => ({ name: placeName(place), rate: summaryOf(place.member.runs, decodeRate)?.center ?? 0 }))
    .sort((a, b) => b.rate - a.rate);
  if (first === undefined || second === undefined) return null;
  return `${framework} decodes ${significant(first.rate / second.rate)}× as fast on ${first.name} as on ${second.name}`;
}

function onePlace({ groups }: PlotData): string {
  const places = [...new Set(groups.map((group) => placeName({ group })))];
  if (places.length === 0) return noAnswers;
  return places.length === 1
    ? `Everything ran on one device, ${places[0]}. Measure another device, or copy the raw logs of another host into the folder raw/ of the results.`
    : `No framework ran the same model in the same weight class on two of ${places.join(', ')}.`;
}
