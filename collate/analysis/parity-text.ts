/** What the parity runs found, as a table for a terminal. */
import { table } from '../../scripts/command-line/terminal.ts';
import { nats, share } from '../../scripts/log/figures/parity-figures.ts';
import type { GroupSummary } from './analysis.ts';
import type { GroupKey } from './groups.ts';

const heads = ['verdict', 'equal tokens', 'first divergence', 'top-1', 'mean KL [nats]', 'largest KL [nats]'];

/** Empty for a single contender that was not checked, and for what a person typed in chat. */
export function parityBlocks(groups: readonly GroupSummary[], nameOf: (key: GroupKey) => string): string[] {
  const checked = groups.filter(({ parity }) => parity.state !== 'unchecked');
  const references = [...new Set(checked.map(({ parity }) => parity.figures?.parity_reference ?? 'the reference'))];
  return [
    ...(checked.length === 0
      ? []
      : [
          table(
            [`Parity with ${references.join(', ')}`, ...heads],
            checked.map((group) => rowOf(group, nameOf)),
            'llrrrrr',
          ),
        ]),
    ...(groups.length < 2 ? [] : uncheckedLines(groups, nameOf)),
  ];
}

function uncheckedLines(groups: readonly GroupSummary[], nameOf: (key: GroupKey) => string): string[] {
  const unchecked = groups.filter(
    ({ key, parity }) => parity.state === 'unchecked' && key.comparable === true && key.workload !== 'chat',
  );
  const [first] = unchecked;
  if (first === undefined) return [];
  const instead =
    first.key.workload === 'kernel'
      ? 'whether it computes the same is not known'
      : 'the hashes of the outputs have to stand in for it';
  return [`no parity run of ${unchecked.map(({ key }) => nameOf(key)).join(', ')}: ${instead}`];
}

function rowOf({ key, parity: { state, figures } }: GroupSummary, nameOf: (key: GroupKey) => string): string[] {
  const optional = (value: number | null | undefined, show: (value: number) => string) =>
    value === null || value === undefined ? 'n/a' : show(value);
  return [
    nameOf(key),
    state,
    `${figures?.parity_equal_tokens ?? 0} of ${figures?.parity_tokens ?? 0}`,
    optional(figures?.parity_first_divergence, (position) => `token ${position}`),
    optional(figures?.parity_top1_agreement, share),
    optional(figures?.parity_kl_mean, nats),
    optional(figures?.parity_kl_max, nats),
  ];
}
