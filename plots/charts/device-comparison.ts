/** The same framework, model and weight class on several devices or hosts: a row each, never pooled. */
import { significant } from '../../scripts/command-line/format.ts';
import { type Placement, placementName, placements, placeName } from '../data/coverage.ts';
import { type Group, isRanked, type Member, markBehind } from '../data/groups.ts';
import { metricOf, summaryOf } from '../data/metric.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import { barPanel, largestBar, onOneScale } from '../panels/bar-panel.ts';
import {
  type ChartSpec,
  mostPanels,
  ownScales,
  panelStack,
  panelsAcross,
  panelWidth,
  shareScale,
} from '../panels/panel.ts';
import { labelled, looksOf } from '../panels/rows.ts';
import { count, left, right, summaryCells, withoutConstants, words } from '../report/table.ts';
import { markLines } from './captions/marks.ts';
import { moreLines } from './captions/scope.ts';
import type { Chart } from './chart.ts';

const decodeRate = metricOf('decode_tokens_per_s');

export const deviceComparison: Chart = {
  name: 'device_comparison',
  question: 'How fast is the same model on each device?',
  draw(data) {
    const all = placements(data);
    if (all.length === 0) {
      return { kind: 'gap', sentence: onePlace(data), command: nextCommands(data).otherDevice };
    }
    const shown = all.slice(0, mostPanels);
    const [first] = shown;
    return {
      kind: 'picture',
      title: titleOf(all),
      subtitle: [
        first !== undefined && shown.length === 1
          ? placementName(first)
          : 'One panel for each framework, model and weight class; one row for each device and host, never pooled.',
        ...markLines(
          shown.flatMap(({ places }) => places.map(({ group, member }) => ({ ...group, members: [member] }))),
        ),
        ...(shareScale(shown.map(fastest)) ? [] : [ownScales]),
        ...moreLines(all.length - shown.length),
      ],
      spec: panels(shown),
      table: withoutConstants({
        kind: 'table',
        caption: 'Decode rate by device and host',
        columns: [
          left('Framework'),
          left('Model'),
          left('Weight class'),
          left('Place'),
          right('Runs'),
          right(decodeRate.title, decodeRate.unit),
          right('95 % interval', decodeRate.unit),
        ],
        rows: all.flatMap((placement) =>
          placement.places.map((place) => [
            words([placement.framework, placement.setting].filter((part) => part !== '').join(' · ')),
            words(placement.model),
            words(placement.weightClass),
            words(placeName(place) + markBehind(place.member)),
            count(place.member.runs.length),
            ...summaryCells(place.member, decodeRate),
          ]),
        ),
      }),
      alt: `Bar chart of decode rate by device and host. ${all
        .map((placement) => `${placementName(placement)}: ${placement.places.map(placeInWords).join(', ')}.`)
        .slice(0, 6)
        .join(' ')}`,
    };
  },
};

function titleOf([placement, ...others]: readonly Placement[]): string | null {
  const [first, second] = (placement?.places ?? [])
    .filter(({ member }) => isRanked(member))
    .map((place) => ({ place, rate: summaryOf(place.member.runs, decodeRate)?.center ?? 0 }))
    .sort((a, b) => b.rate - a.rate);
  if (placement === undefined || others.length > 0 || first === undefined || second === undefined) return null;
  return `${placement.framework} decodes ${significant(first.rate / second.rate)}× as fast on ${placeName(first.place)} as on ${placeName(second.place)}`;
}

function panels(shown: readonly Placement[]): ChartSpec {
  const across = panelsAcross(shown.length);
  const bars = onOneScale(
    labelled(shown, ({ places }) => places.map(placeName)).map(({ panel: placement, labels }) => ({
      metric: decodeRate,
      rows: placement.places.map(({ member }) => ({ ...looksOf(member), runs: member.runs })),
      labels,
      showLabels: true,
      width: panelWidth(across) - labels.width,
    })),
  );
  return panelStack(
    shown.map((placement, i) => ({
      title: shown.length === 1 ? '' : placementName(placement),
      cells: bars.slice(i, i + 1).map(barPanel),
    })),
    across,
  );
}

function fastest({ places }: Placement): number {
  return largestBar({ rows: places.map(({ member }) => member), metric: decodeRate });
}

function placeInWords(place: { group: Group; member: Member }): string {
  const summary = summaryOf(place.member.runs, decodeRate);
  return `${placeName(place)} ${summary === null ? 'no figure' : `${significant(summary.center)} ${decodeRate.unit}`}`;
}

function onePlace({ groups }: PlotData): string {
  const places = [...new Set(groups.map((group) => placeName({ group })))];
  if (places.length === 0) return 'No run of the question workload was completed.';
  return places.length === 1
    ? `Everything ran on one device, ${places[0]}. Measure another device, or copy the raw logs of another host into the folder raw/ of the results.`
    : `No framework ran the same model in the same weight class on two of ${places.join(', ')}.`;
}
