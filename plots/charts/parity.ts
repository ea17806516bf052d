/** How far each framework and quantisation is from the reference: distributions, tokens, and the verdict. */
import { nats, share } from '../../scripts/log/figures/parity-figures.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { groupName, type Member, memberName, membersIn, type Placed } from '../data/groups.ts';
import { nextCommands } from '../data/next-commands.ts';
import { hollowLines } from '../panels/marks.ts';
import { equalTokensOf, klFloor, parityStack, runOf, verdictWords } from '../panels/parity-panels.ts';
import {
  count,
  type Field,
  figure,
  left,
  placeFields,
  right,
  shown,
  tableOf,
  withoutConstants,
} from '../report/table.ts';
import { altText, type Chart } from './chart.ts';
import { chooseGroups, groupLines, wideLayout } from './scope.ts';
import { page } from './sheet.ts';

export const parity: Chart = {
  name: 'parity',
  question: 'Does every framework compute what the reference computes?',
  draw(data, sheet = page) {
    const { parityGroups: groups } = data;
    if (groups.length === 0) {
      return {
        kind: 'gap',
        sentence: 'No parity run was completed. Until there is one, the hashes of the outputs are compared instead.',
        command: nextCommands(data).parity,
      };
    }
    const chosen = chooseGroups(groups, wideLayout, sheet);
    const runs = membersIn(chosen.shown).map(({ member }) => runOf(member));
    const references = referencesOf(runs);
    const all = membersIn(groups);
    const judged = all.map(({ member }) => member).filter((member) => runOf(member).parity_is_reference !== true);
    const caption = `Parity with ${referencesOf(all.map(({ member }) => runOf(member))).join(', ')}`;
    return {
      kind: 'picture',
      title: titleOf(judged),
      subtitle: groupLines(
        chosen,
        [
          'KL divergence from the reference: dot and value, mean over its tokens; tick, the largest. Dashed: tolerance.',
          `${references.length > 1 ? 'References' : 'Reference'}: ${references.join(', ')}.`,
          'Top-1: both put the same token first. Equal tokens: those before the first divergence of an answer.',
          ...(runs.some(({ parity_kl_mean: mean }) => mean !== null && mean <= klFloor)
            ? [`A logarithmic axis has no zero: values up to ${klFloor} are drawn at its left end.`]
            : []),
          ...hollowLines(chosen.shown),
        ],
        'the latest run of each',
      ),
      spec: parityStack(chosen.shown, sheet.width),
      table: withoutConstants(tableOf(caption, all, fields)),
      alt: altText(
        'Dots of KL divergence, top-1 agreement and equal tokens.',
        groups.map((group) => `${groupName(group)}: ${group.members.map(inWords).join(', ')}.`),
      ),
    };
  },
};

/** @param judged everything but the references themselves */
function titleOf(judged: readonly Member[]): string | null {
  const failed = judged.filter(({ parity }) => parity.state === 'failed');
  const [only] = judged;
  if (only === undefined) return null;
  if (failed.length === 0) {
    const references = referencesOf(judged.map(runOf));
    return judged.length === 1
      ? `${only.title} agrees with the reference`
      : `All ${judged.length} results agree with ${references.length > 1 ? 'their references' : 'the reference'}`;
  }
  const names = failed.length > 3 ? '' : `: ${[...new Set(failed.map(({ title }) => title))].join(', ')}`;
  return `${failed.length} of ${judged.length} results ${failed.length === 1 ? 'fails' : 'fail'} parity${names}`;
}

function referencesOf(runs: readonly RunRow[]): string[] {
  return [...new Set(runs.map((run) => run.parity_reference ?? 'unknown'))].sort();
}

const field = (column: Field<Placed>[0], of: (run: RunRow) => ReturnType<Field<Placed>[1]>): Field<Placed> => [
  column,
  ({ member }) => of(runOf(member)),
];

const fields: ReadonlyArray<Field<Placed>> = [
  ...placeFields,
  [left('Framework'), ({ member }) => memberName(member)],
  [left('Verdict'), ({ member }) => verdictWords(member)],
  field(right('Questions'), (run) => count(run.parity_questions ?? 0)),
  field(right('Equal tokens'), (run) => ({
    text: `${run.parity_equal_tokens ?? 0} of ${run.parity_tokens ?? 0}`,
    value: equalTokensOf(run),
  })),
  field(right('First divergence', 'token'), (run) => shown(run.parity_first_divergence, String)),
  field(right('Largest gap there', 'logits'), (run) => figure(run.parity_divergence_gap)),
  field(right('Top-1', '%'), (run) => shown(run.parity_top1_agreement, (part) => share(part).replace(' %', ''))),
  field(right('Mean KL', 'nats'), (run) => shown(run.parity_kl_mean, nats)),
  field(right('Largest KL', 'nats'), (run) => shown(run.parity_kl_max, nats)),
];

function inWords(member: Member): string {
  const kl = runOf(member).parity_kl_mean;
  return `${memberName(member)} ${verdictWords(member)}${kl === null ? '' : `, mean KL divergence ${nats(kl)} nats`}`;
}
