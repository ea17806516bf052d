/** Settings that decide speed, as the frameworks report them: what the contenders of a group share, and in what they differ. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { Group, Member } from './groups.ts';

interface Setting {
  readonly title: string;
  /** In a sentence: `2 threads`. */
  readonly words: (value: string) => string;
  readonly of: (run: RunRow) => string | number | boolean | null;
}

const settings: readonly Setting[] = [
  { title: 'Threads', words: (value) => (value === '1' ? '1 thread' : `${value} threads`), of: (run) => run.threads },
  { title: 'GPU layers', words: (value) => `${value} layers on the GPU`, of: (run) => run.gpu_layers || null },
  { title: 'Context', words: (value) => `context ${value}`, of: (run) => run.context_tokens },
  { title: 'Batch', words: (value) => `batch ${value}`, of: (run) => run.batch_tokens },
  { title: 'Flash attention', words: (value) => `flash attention ${value}`, of: (run) => run.flash_attention },
  { title: 'KV type', words: (value) => `KV cache in ${value}`, of: (run) => run.kv_type },
  { title: 'Precision', words: (value) => `precision ${value}`, of: (run) => run.precision },
  { title: 'Activations', words: (value) => `activations in ${value}`, of: (run) => run.activations },
  { title: 'Build', words: (value) => `${value} build`, of: (run) => run.build_type },
  { title: 'CPU features', words: (value) => `CPU features ${value}`, of: (run) => run.cpu_variant },
  {
    title: 'Idle threads',
    words: (value) => `idle threads that ${value}`,
    of: ({ spinning }) => (spinning === null ? null : spinning ? 'spin' : 'do not spin'),
  },
  { title: 'CPUs', words: (value) => `on CPUs ${value}`, of: (run) => run.cpu_affinity },
];

export interface SettingsThatMatter {
  /** `The same for all: 2 threads, KV cache in f16.` Empty where nothing is. */
  readonly equal: string;
  readonly differing: ReadonlyArray<{ readonly title: string; readonly textOf: (member: Member) => string }>;
}

/** A setting that one contender alone reports is a difference: of the others it is not known. */
export function settingsThatMatter({ members }: Pick<Group, 'members'>): SettingsThatMatter {
  const told = settings.map((setting) => ({ ...setting, textOf: (member: Member) => valuesOf(member, setting) }));
  const known = told.filter(({ textOf }) => members.some((member) => textOf(member) !== unknown));
  const isEqual = ({ textOf }: (typeof told)[number]) => new Set(members.map(textOf)).size === 1;
  const equal = known
    .filter(isEqual)
    .map(({ words, textOf }) => words(members[0] === undefined ? '' : textOf(members[0])));
  const lead = members.length === 1 ? 'Settings' : 'The same for all';
  return {
    equal: equal.length === 0 ? '' : `${lead}: ${equal.join(', ')}.`,
    differing: known.filter((setting) => !isEqual(setting)),
  };
}

const unknown = '–';

/** All values that the runs of a member have. */
function valuesOf({ runs }: Member, { of }: Setting): string {
  const values = [...new Set(runs.flatMap((run) => of(run) ?? []))].map(String).sort();
  return values.join(', ') || unknown;
}
