/** How far each framework and quantisation is from the reference: distributions, tokens, and the verdict. */

import type { RunRow } from '../../collate/tables/columns/runs.ts';
import { nats, share } from '../../scripts/log/figures/parity-units.ts';
import { type Group, groupName, type Member, memberName } from '../data/groups.ts';
import { nextCommands } from '../data/next-commands.ts';
import type { PlotData } from '../data/plot-data.ts';
import {
  equalTokensOf,
  equalTokensPanel,
  klFloor,
  klPanel,
  runOf,
  top1Panel,
  verdictPanel,
  verdictWords,
} from '../panels/parity-panels.ts';
import { labelled } from '../panels/rows.ts';
import { oneBelowOther, panelStack, panelWidth } from '../panels/stack.ts';
import type { Cell } from '../report/document.ts';
import { count, figure, groupColumns, left, placeCells, right, withoutConstants, words } from '../report/table.ts';
import { chooseGroups, hollowLines, leftLines, scopeLines } from './captions/marks.ts';
import { type Chart, draw } from './chart.ts';

/** Labels and three axes need the whole width. */
const mostGroups = 6;
const verdictWidth = 56;
const gaps = 3 * 22;
const question = 'Does every framework compute what the reference computes?';
const chosen = ({ parityGroups }: PlotData) => chooseGroups(parityGroups, mostGroups, oneBelowOther);
const resultsOf = (groups: readonly Group[]) => groups.flatMap((group) => group.members);

export const parity: Chart = {
  name: 'parity',
  question,
  applicable: (data) =>
    data.parityGroups.length > 0
      ? draw
      : {
          kind: 'nothing',
          sentence: 'No parity run was completed. Until there is one, the hashes of the outputs stand in for it.',
          command: nextCommands(data).parity,
        },
  title: ({ parityGroups }) => {
    const held = resultsOf(parityGroups).filter((member) => runOf(member).parity_is_reference !== true);
    const failed = held.filter(({ parity }) => parity.state === 'failed');
    const [first] = failed;
    const references = referencesOf(held.map(runOf));
    if (held.length === 0) return question;
    if (first === undefined) {
      const [only] = held;
      return only !== undefined && held.length === 1
        ? `${only.framework} agrees with the reference`
        : `All ${held.length} results agree with ${references.length > 1 ? 'their references' : 'the reference'}`;
    }
    const names = failed.length > 3 ? '' : `: ${[...new Set(failed.map(({ framework }) => framework))].join(', ')}`;
    return `${failed.length} of ${held.length} results ${failed.length === 1 ? 'fails' : 'fail'} parity${names}`;
  },
  subtitle: (data) => {
    const groups = chosen(data);
    const runs = resultsOf(groups.shown).map(runOf);
    const references = referencesOf(runs);
    return [
      ...scopeLines(groups, 'the latest run of each'),
      'KL divergence from the reference: dot and value, mean over its tokens; tick, the largest. Dashed: tolerance.',
      `${references.length > 1 ? 'References' : 'Reference'}: ${references.join(', ')}.`,
      'Top-1: both put the same token first. Equal tokens: those before the first divergence of an answer.',
      ...(runs.some(({ parity_kl_mean: mean }) => mean !== null && mean <= klFloor)
        ? [`A logarithmic axis has no zero: what is not above ${klFloor} stands at its left end.`]
        : []),
      ...hollowLines(groups.shown),
      ...leftLines(groups),
    ];
  },
  spec: (data) => {
    const { shown } = chosen(data);
    return panelStack(
      labelled(shown, ({ members }) => members.map(memberName)).map(({ panel: group, labels }) => {
        const room = panelWidth(1) - labels.width - verdictWidth - gaps;
        const cell = { members: group.members, labels, all: shown };
        return {
          title: shown.length === 1 ? '' : groupName(group),
          cells: [
            verdictPanel({ ...cell, width: verdictWidth }),
            klPanel({ ...cell, width: room * 0.44 }),
            top1Panel({ ...cell, width: room * 0.28 }),
            equalTokensPanel({ ...cell, width: room * 0.28 }),
          ],
        };
      }),
    );
  },
  table: ({ parityGroups }) =>
    withoutConstants({
      kind: 'table',
      caption: `Parity with ${referencesOf(resultsOf(parityGroups).map(runOf)).join(', ')}`,
      columns: [
        ...groupColumns,
        left('Verdict'),
        right('Questions'),
        right('Equal tokens'),
        right('First divergence', 'token'),
        right('Largest gap there', 'logits'),
        right('Top-1', '%'),
        right('Mean KL', 'nats'),
        right('Largest KL', 'nats'),
      ],
      rows: parityGroups.flatMap((group) =>
        group.members.map((member) => [...placeCells(group), words(memberName(member)), ...cellsOf(member)]),
      ),
    }),
  alt: ({ parityGroups }) =>
    `Dots of KL divergence, top-1 agreement and equal tokens. ${parityGroups
      .map((group) => `${groupName(group)}: ${group.members.map(inWords).join(', ')}.`)
      .slice(0, 6)
      .join(' ')}`,
};

function referencesOf(runs: readonly RunRow[]): string[] {
  return [...new Set(runs.map((run) => run.parity_reference ?? 'unknown'))].sort();
}

function cellsOf(member: Member): Cell[] {
  const run = runOf(member);
  const equal = equalTokensOf(run);
  const shown = (value: number | null, show: (value: number) => string): Cell =>
    value === null ? { text: '–', value } : { text: show(value), value };
  return [
    words(verdictWords(member)),
    count(run.parity_questions ?? 0),
    { text: `${run.parity_equal_tokens ?? 0} of ${run.parity_tokens ?? 0}`, value: equal },
    shown(run.parity_first_divergence, String),
    figure(run.parity_divergence_gap),
    shown(run.parity_top1_agreement, (agreement) => share(agreement).replace(' %', '')),
    shown(run.parity_kl_mean, nats),
    shown(run.parity_kl_max, nats),
  ];
}

function inWords(member: Member): string {
  const kl = runOf(member).parity_kl_mean;
  return `${memberName(member)} ${verdictWords(member)}${kl === null ? '' : `, mean KL divergence ${nats(kl)} nats`}`;
}
