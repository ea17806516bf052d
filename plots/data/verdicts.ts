/**
 * Who is faster than whom inside a group. The judgement is collate's (docs/measurement.md); here its answer is
 * put in terms of the group's members.
 */
import { type Contender, compareCell } from '../../collate/analysis/comparison.ts';
import { type Cell, groupKeyOf } from '../../collate/analysis/groups.ts';
import { smallestWords, verdictSentence } from '../../collate/analysis/verdict-sentence.ts';
import type { Interval } from '../../scripts/measure/statistics.ts';
import { type Group, type Member, memberName } from './groups.ts';
import { rankedBy } from './leader.ts';
import { metricOf } from './metric.ts';

/** Decode rate of one member over that of another of the same group. */
export interface Verdict {
  readonly faster: Member;
  readonly slower: Member;
  readonly ratio: number;
  /** 95 %; null below three runs of each. */
  readonly interval: Interval | null;
  readonly decision: Decision;
  /** The decision in words, with what is missing for a better one. */
  readonly sentence: string;
  /** `3.1 %`: what so many runs, so noisy, can tell from none. */
  readonly smallestDetectable: string;
  /** Runs of each that a verdict needs. */
  readonly runsNeeded: number;
}

/** `outputs differ`: it is faster, but at something else, so it is not ranked. */
type Decision = 'faster' | 'no detectable difference' | 'too few runs' | 'outputs differ';

const decodeRate = metricOf('decode_tokens_per_s');

/** Every ranked member over the slowest, fastest first; empty where fewer than two may be ranked. */
export function overSlowest(group: Group): Verdict[] {
  const slowest = rankedBy(group, decodeRate, 'higher').at(-1)?.member;
  return slowest === undefined ? [] : against(group, slowest);
}

/** The fastest over the next framework; null where there is no other. */
export function overNext(group: Group): Verdict | null {
  const [first, ...others] = rankedBy(group, decodeRate, 'higher').map(({ member }) => member);
  const next = others.find((member) => member.framework !== first?.framework);
  if (first === undefined || next === undefined) return null;
  return against(group, next).find((verdict) => verdict.faster === first) ?? null;
}

/** The bootstrap behind a verdict takes a while, and charts, tables and texts all ask for the same ones. */
const known = new WeakMap<Group, Map<Member, Verdict[]>>();

function against(group: Group, reference: Member): Verdict[] {
  const ofGroup = known.get(group) ?? new Map<Member, Verdict[]>();
  known.set(group, ofGroup);
  const found = ofGroup.get(reference) ?? compare(group, reference);
  ofGroup.set(reference, found);
  return found;
}

function compare(group: Group, reference: Member): Verdict[] {
  const cell = cellOf(group);
  const compared = cell === null ? null : compareCell(cell, memberName(reference), 'chosen by its result');
  const decode = compared?.measures.find(({ measure }) => measure.column === decodeRate.name);
  if (decode === undefined) return [];
  return rankedBy(group, decodeRate, 'higher').flatMap(({ member }) => {
    const contender = decode.contenders.find(({ key }) => key.framework === memberName(member));
    if (contender === undefined) return [];
    const { ratio, interval, runsNeeded } = contender.comparison;
    return {
      faster: member,
      slower: reference,
      ratio,
      interval,
      decision: decisionOf(contender),
      sentence: verdictSentence(decode.measure, contender),
      smallestDetectable: smallestWords(contender.comparison),
      runsNeeded,
    };
  });
}

function decisionOf({ verdict, agreement }: Contender): Decision {
  switch (verdict) {
    case 'better':
    case 'worse':
      return agreement === 'outputs differ' ? 'outputs differ' : 'faster';
    case 'no detectable difference':
    case 'too few runs':
      return verdict;
    default:
      return verdict satisfies never;
  }
}

/** A member's name stands for its framework, so that one framework in two settings is two contenders. */
function cellOf({ members }: Group): Cell | null {
  const groups = members.flatMap((member) => {
    const [first] = member.runs;
    if (first === undefined) return [];
    const key = { ...groupKeyOf(first), framework: memberName(member), comparable: member.comparable };
    return { key, runs: [...member.runs], parity: member.parity, identical: [...member.identical] };
  });
  const [group] = groups;
  return group === undefined ? null : { key: group.key, condition: '', groups };
}
