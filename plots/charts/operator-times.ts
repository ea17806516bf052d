/** Where the time of a token goes, layer by layer and operator by operator, of engines that can time their operators. */
import { frameworkTitle } from '../../collate/analysis/framework-title.ts';
import { significant } from '../../scripts/command-line/format.ts';
import { between, type PhaseTimes, type Profile, parts, partTimes, profilesOf } from '../data/operator-times.ts';
import { layerPanel, operatorPanel, partLegend } from '../panels/operator-panel.ts';
import { type ChartSpec, type Panel, panelStack, panelWidth } from '../panels/panel.ts';
import { labelled } from '../panels/rows.ts';
import { count, figure, left, right, shown, tableOf } from '../report/table.ts';
import { altText, type Chart } from './chart.ts';
import { moreLines } from './scope.ts';

/** More would not fit on a page. */
const mostProfiles = 2;
/** The largest ones; the others are in the table. */
const mostOperators = 12;
/** Pixels between the phases, with the labels of the axis of layers. */
const spacing = 40;

export const operatorTimes: Chart = {
  name: 'operator_times',
  question: "Where does a token's time go?",
  draw({ runs, operators }) {
    const profiles = profilesOf(runs, operators);
    const [first] = profiles;
    if (first === undefined) return null;
    const drawn = profiles.slice(0, mostProfiles);
    const rows = profiles.flatMap((profile) =>
      profile.phases.flatMap((times) => times.operators.map((operator) => ({ profile, times, operator }))),
    );
    return {
      kind: 'picture',
      title: profiles.length > 1 ? null : titleOf(first),
      subtitle: [
        ...(profiles.length === 1 ? [first.place] : []),
        'Bars: share of an evaluation that an operator takes, over all layers, with its time. Columns: time in each layer.',
        'The engine times its operators after everything else of the run, which makes an evaluation slower.',
        ...drawn.map((profile) => `${profile.name}: ${coverage(profile)}.`),
        ...(drawn.some(({ phases }) => phases.some(({ operators: all }) => all.length > mostOperators))
          ? [`The ${mostOperators} largest operators; all of them are in the table of the report.`]
          : []),
        ...moreLines(profiles.length - mostProfiles, 'profile'),
      ],
      spec: panels(drawn, profiles.length > 1),
      table: tableOf('Time of an evaluation by operator, over all layers, as the engine times it', rows, [
        ...(profiles.length > 1 ? ([[left('Where'), ({ profile }: Row) => profile.place]] as const) : []),
        [left('Framework'), ({ profile }) => profile.name],
        [left('Phase'), ({ times }) => (times.phase === 'decode' ? 'decode' : `prefill, ${times.tokens} tokens`)],
        [left('Part'), ({ operator }) => operator.part],
        [left('Operator'), ({ operator }) => operator.operator],
        [right('Time', 'ms'), ({ operator }) => figure(operator.ms)],
        [right('Share', '%'), ({ operator, times }) => shown(operator.ms / times.evaluationMs, percent)],
        [right('Evaluations'), ({ times }) => count(times.evaluations)],
        [left('Kernels'), ({ operator }) => operator.kernels.join(', ') || '–'],
      ]),
      alt: altText(
        'Bars of the time of operators, and columns of the time of layers.',
        profiles.flatMap((profile) => profile.phases.map((times) => `${profile.name}: ${inWords(times)}.`)),
      ),
    };
  },
};

interface Row {
  readonly profile: Profile;
}

function titleOf({ run, phases }: Profile): string | null {
  const [times] = phases;
  if (times?.phase !== 'decode') return null;
  const [most] = partTimes(times);
  if (most === undefined) return null;
  const verb = most.part === between ? 'lies' : 'is';
  return `${frameworkTitle(run)}: ${percent(most.ms / times.evaluationMs)} % of the time of a decoded token ${verb} ${most.part}`;
}

/** `the operators add up to 94 % of a decoded token and 97 % of a prompt`: the rest of an evaluation lies between them. */
export function coverage({ phases }: Profile): string {
  const shares = phases.map(
    ({ phase, covered }) => `${percent(covered)} % of ${phase === 'decode' ? 'a decoded token' : 'a prompt'}`,
  );
  return `the operators add up to ${shares.join(' and ')}`;
}

const mostNamed = 3;

/** `a decoded token takes 0.81 ms: feed-forward 47 %, output 21 %`. */
export function inWords(times: PhaseTimes): string {
  const largest = partTimes(times).slice(0, mostNamed);
  const shares = largest.map(({ part, ms }) => `${part} ${percent(ms / times.evaluationMs)} %`);
  const what = times.phase === 'decode' ? 'a decoded token' : `a prompt of ${times.tokens} tokens`;
  return `${what} takes ${significant(times.evaluationMs)} ms: ${shares.join(', ')}`;
}

const percent = (share: number) => significant(share * 100, 2);

function panels(profiles: readonly Profile[], titled: boolean): ChartSpec {
  const each = labelled(profiles, operatorsIn);
  const seen = parts.filter((part) =>
    profiles.some(({ phases }) => phases.some(({ operators }) => operators.some((operator) => operator.part === part))),
  );
  const legends = each.slice(0, 1).map(({ labels }) => partLegend(seen, panelWidth() - labels.width, labels.width));
  const parted = each.flatMap(({ panel: { name, place, phases }, labels }): Panel[] => {
    const width = (panelWidth() - labels.width - spacing * (phases.length - 1)) / phases.length;
    const rows = operatorsIn({ phases });
    return [
      {
        title: `${name} · ${place}`,
        cells: phases.map((times, i) => operatorPanel({ times, rows, labels, isFirst: i === 0, width })),
      },
      { title: '', cells: phases.map((times) => layerPanel(times, width)) },
    ];
  });
  return panelStack([...legends.map((legend) => ({ title: '', cells: [legend] })), ...parted], { titled, spacing });
}

/** The operators with the largest share of any phase. */
function operatorsIn({ phases }: Pick<Profile, 'phases'>): string[] {
  const shareOf = (name: string, { operators, evaluationMs }: PhaseTimes) =>
    (operators.find(({ operator }) => operator === name)?.ms ?? 0) / evaluationMs;
  const most = (name: string) => Math.max(...phases.map((times) => shareOf(name, times)));
  const names = new Set(phases.flatMap(({ operators }) => operators.map(({ operator }) => operator)));
  return [...names].sort((a, b) => most(b) - most(a)).slice(0, mostOperators);
}
