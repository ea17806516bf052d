/**
 * What may stand in one panel: the completed runs of one task on one host, device, model and weight class. Within it a
 * member is what was measured in the same way throughout (scripts/log/measurement.ts); nothing else is averaged into one bar.
 * What may not be ranked is shown hollow and named, with the reason.
 */
import { countedRuns } from '../../collate/analysis/counted-runs.ts';
import { frameworkTitle } from '../../collate/analysis/framework-title.ts';
import { groupBy } from '../../collate/analysis/group-by.ts';
import { groupsAmong, type Group as MeasuredGroup } from '../../collate/analysis/groups.ts';
import {
  differingSettings,
  measurementOf,
  ownSettings,
  taskKey,
  taskWords,
} from '../../collate/analysis/measurement.ts';
import { failureOf } from '../../collate/analysis/parity.ts';
import { leadOfEquals, unequalConditions, unequalReason } from '../../scripts/log/measurement.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { decodeRate, type Metric, summaryOf } from './metric.ts';

export interface Group {
  readonly hostname: string;
  readonly device: string;
  readonly model: string;
  readonly weightClass: string;
  /** `at most 64 tokens`, where the same model was also measured in another task; else empty. */
  readonly condition: string;
  readonly synthetic: boolean;
  /** Fastest decode rate first. */
  readonly members: readonly Member[];
}

export interface Member extends MeasuredGroup {
  readonly framework: string;
  /** The framework as its makers write it. */
  readonly title: string;
  /** Formats of the weights that ran; one, unless a framework changed it between runs. */
  readonly quantize: string;
  /** What distinguishes this member from others of the same framework: `threads 2`. Empty where there are none. */
  readonly setting: string;
  readonly comparable: boolean;
  /** Threads, context, batch or temperature that keep it from being an equal of those that are ranked; null where it is. */
  readonly unequal: string | null;
}

/** @param workload kinds are never in one group: their figures have other names */
export function groupRuns(runs: readonly RunRow[], workload: 'qa' | 'kernel' | 'embedding' = 'qa'): Group[] {
  const counted = countedRuns(runs).filter((run) => run.workload === workload);
  return groupsOf(counted, (group) => membersOf(group, runs));
}

/**
 * Groups of one place and one task; where a place has several tasks, each says in which it differs from the others.
 * @param taskOf equal for runs that may stand in one panel
 */
export function groupsOf(
  runs: readonly RunRow[],
  membersOf: (group: readonly RunRow[]) => Member[],
  taskOf: (run: RunRow) => string = taskKey,
  conditionOf: (run: RunRow, others: readonly RunRow[]) => string = taskWords,
): Group[] {
  return groupBy(runs, placeOf)
    .flatMap((place) => {
      const tasks = groupBy(place, (run) => [taskOf(run)]);
      const others = tasks.map(([first]) => first);
      return tasks.map((group) => {
        const [first] = group;
        return {
          hostname: first.hostname ?? 'unknown host',
          device: first.device ?? 'unknown device',
          model: first.model ?? 'unknown model',
          weightClass: first.weight_class ?? 'unknown weight class',
          condition: tasks.length > 1 ? conditionOf(first, others) : '',
          synthetic: group.some((run) => run.synthetic === true),
          members: membersOf(group),
        };
      });
    })
    .sort(
      (a, b) =>
        a.hostname.localeCompare(b.hostname, 'en') ||
        a.device.localeCompare(b.device, 'en') ||
        a.model.localeCompare(b.model, 'en', { numeric: true }) ||
        b.weightClass.localeCompare(a.weightClass, 'en', { numeric: true }) ||
        a.condition.localeCompare(b.condition, 'en', { numeric: true }),
    );
}

const placeOf = ({ hostname, device, model, weight_class }: RunRow) => [hostname, device, model, weight_class];

const rateOf = ({ runs }: Pick<MeasuredGroup, 'runs'>) => summaryOf(runs, decodeRate)?.center ?? 0;

function membersOf(group: readonly RunRow[], all: readonly RunRow[]): Member[] {
  const members = groupsAmong(group, all)
    .map(({ key, ...alike }) => ({
      ...alike,
      // What logs of before do not say is no reason to leave them out of pictures.
      key: { ...key, comparable: key.comparable !== false },
      framework: key.framework ?? 'unknown framework',
      title: frameworkTitle(alike.runs[0] ?? key),
      quantize: key.quantize ?? '',
      setting: differingSettings(key, group).join(', '),
      comparable: key.comparable !== false,
    }))
    .sort((a, b) => rateOf(b) - rateOf(a) || a.framework.localeCompare(b.framework, 'en'));
  const lead = leadOfEquals(
    members.filter(({ comparable, parity }) => comparable && parity.state !== 'failed'),
    ({ key }) => measurementOf(key),
  );
  return members.map((member) => ({
    ...member,
    unequal: lead === undefined ? null : unequalConditions(measurementOf(member.key), measurementOf(lead.key)),
  }));
}

/** A member with the group that it stands in. */
export interface Placed {
  readonly group: Group;
  readonly member: Member;
}

export function membersIn(groups: readonly Group[]): Placed[] {
  return groups.flatMap((group) => group.members.map((member) => ({ group, member })));
}

/** The framework, with what is particular to this member where it ran in several settings: `NAME · threads 2`. */
export function memberName(member: Pick<Member, 'title' | 'setting'>): string {
  return withSetting(member.title, member);
}

/** The same for programs, which know a framework by the name that is typed. */
export function memberKey(member: Pick<Member, 'framework' | 'setting'>): string {
  return withSetting(member.framework, member);
}

function withSetting(framework: string, { setting }: Pick<Member, 'setting'>): string {
  return setting === '' ? framework : `${framework} · ${setting}`;
}

/** `box-1 · cpu · tiny · 8-bit`, with random weights named as such. */
export function groupName(group: Group): string {
  return [group.hostname, group.device, modelName(group), className(group)].join(' · ');
}

/** `8-bit`, or `8-bit, at most 64 tokens`. */
export function className({ weightClass, condition }: Pick<Group, 'weightClass' | 'condition'>): string {
  return condition === '' ? weightClass : `${weightClass}, ${condition}`;
}

/** `the 8-bit class`, or `the 8-bit class (at most 64 tokens)`: in a sentence. */
export function classWords({ weightClass, condition }: Pick<Group, 'weightClass' | 'condition'>): string {
  return `the ${weightClass} class${condition === '' ? '' : ` (${condition})`}`;
}

/** Whether its runs warned that the model is too small for its weights to decide. */
export function isToy({ members }: Pick<Group, 'members'>): boolean {
  return members.some(({ runs }) => runs.some(({ warnings }) => warnings?.split(';').includes('toy_model')));
}

/** Random weights are named as such, unless the name of the model does it. */
export function modelName({ model, synthetic }: Pick<Group, 'model' | 'synthetic'>): string {
  return synthetic && !model.includes('synthetic') ? `${model} (synthetic weights)` : model;
}

type Outcome = Pick<Member, 'comparable' | 'parity'> & Partial<Pick<Member, 'unequal'>>;

export function isRanked(member: Outcome): boolean {
  return markOf(member) === null;
}

type Mark = 'not comparable' | 'failed parity' | 'other conditions';

/** In a word or two, for tables and labels; null where it is ranked. */
export function markOf({ comparable, parity, unequal = null }: Outcome): Mark | null {
  if (!comparable) return 'not comparable';
  if (parity.state === 'failed') return 'failed parity';
  return unequal === null ? null : 'other conditions';
}

/** ` (failed parity)`; empty where it is ranked. */
export function markBehind(member: Outcome): string {
  const mark = markOf(member);
  return mark === null ? '' : ` (${mark})`;
}

/** The whole reason; null where it is ranked. */
export function whyNotRanked({ comparable, parity, unequal = null }: Outcome): string | null {
  if (!comparable) return 'not comparable (software device, silent fallback or broken invariant)';
  if (parity.state === 'failed') return failureOf(parity.by);
  return unequal === null ? null : unequalReason(unequal, 'what is ranked');
}

/** Members that may be ranked and have the figure, best first. */
export function rankedBy(group: Group, metric: Metric, better: 'higher' | 'lower') {
  return group.members
    .filter(isRanked)
    .flatMap((member) => {
      const summary = summaryOf(member.runs, metric);
      return summary === null ? [] : { member, value: summary.center };
    })
    .sort((a, b) => (better === 'higher' ? b.value - a.value : a.value - b.value));
}

/** The framework, and what tells it from others of its framework in the group. */
export function titleName({ title, runs }: Member, { members }: Pick<Group, 'members'>): string {
  const [run] = runs;
  const all = members.flatMap((member) => member.runs[0] ?? []);
  const own = run === undefined ? [] : ownSettings(run, all);
  return own.length === 0 ? title : `${title} (${own.join(', ')})`;
}
