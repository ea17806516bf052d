/** How far each framework and quantisation is from the reference: distributions, tokens, and the verdict. */
import { nats, share } from '../../scripts/log/figures/parity-figures.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { type Group, groupName, type Member, memberName } from '../data/groups.ts';
import { nextCommands } from '../data/next-commands.ts';
import { oneBelowOther } from '../panels/panel.ts';
import { equalTokensOf, klFloor, parityStack, runOf, verdictWords } from '../panels/parity-panels.ts';
import type { Cell, Table } from '../report/document.ts';
import { count, figure, groupColumns, left, placeCells, right, withoutConstants, words } from '../report/table.ts';
import { hollowLines } from './captions/marks.ts';
import { chooseGroups, leftLines, scopeLines } from './captions/scope.ts';
import type { Chart } from './chart.ts';

/** Labels and three axes need the whole width. */
const mostGroups = 6;

export const parity: Chart = {
  name: 'parity',
  question: 'Does every framework compute what the reference computes?',
  draw(data) {
    const { parityGroups: groups } = data;
    if (groups.length === 0) {
      return {
        kind: 'gap',
        sentence: 'No parity run was completed. Until there is one, the hashes of the outputs are compared instead.',
        command: nextCommands(data).parity,
      };
    }
    const chosen = chooseGroups(groups, mostGroups, oneBelowOther);
    const runs = membersOf(chosen.shown).map(runOf);
    const references = referencesOf(runs);
    return {
      kind: 'picture',
      title: titleOf(membersOf(groups).filter((member) => runOf(member).parity_is_reference !== true)),
      subtitle: [
        ...scopeLines(chosen, 'the latest run of each'),
        'KL divergence from the reference: dot and value, mean over its tokens; tick, the largest. Dashed: tolerance.',
        `${references.length > 1 ? 'References' : 'Reference'}: ${references.join(', ')}.`,
        'Top-1: both put the same token first. Equal tokens: those before the first divergence of an answer.',
        ...(runs.some(({ parity_kl_mean: mean }) => mean !== null && mean <= klFloor)
          ? [`A logarithmic axis has no zero: values up to ${klFloor} are drawn at its left end.`]
          : []),
        ...hollowLines(chosen.shown),
        ...leftLines(chosen),
      ],
      spec: parityStack(chosen.shown),
      table: tableOf(groups),
      alt: `Dots of KL divergence, top-1 agreement and equal tokens. ${groups
        .map((group) => `${groupName(group)}: ${group.members.map(inWords).join(', ')}.`)
        .slice(0, 6)
        .join(' ')}`,
    };
  },
};

const membersOf = (groups: readonly Group[]) => groups.flatMap((group) => group.members);

/** @param judged everything but the references themselves */
function titleOf(judged: readonly Member[]): string | null {
  const failed = judged.filter(({ parity }) => parity.state === 'failed');
  const [only] = judged;
  if (only === undefined) return null;
  if (failed.length === 0) {
    const references = referencesOf(judged.map(runOf));
    return judged.length === 1
      ? `${only.framework} agrees with the reference`
      : `All ${judged.length} results agree with ${references.length > 1 ? 'their references' : 'the reference'}`;
  }
  const names = failed.length > 3 ? '' : `: ${[...new Set(failed.map(({ framework }) => framework))].join(', ')}`;
  return `${failed.length} of ${judged.length} results ${failed.length === 1 ? 'fails' : 'fail'} parity${names}`;
}

function tableOf(groups: readonly Group[]): Table {
  return withoutConstants({
    kind: 'table',
    caption: `Parity with ${referencesOf(membersOf(groups).map(runOf)).join(', ')}`,
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
    rows: groups.flatMap((group) =>
      group.members.map((member) => [...placeCells(group), words(memberName(member)), ...cellsOf(member)]),
    ),
  });
}

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
