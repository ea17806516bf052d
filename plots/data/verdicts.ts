/**
 * Who is faster than whom inside a group. The judgement is collate's (rule 6 of docs/measurement.md); here its answer is
 * put in terms of the group's members.
 */
import { verdictSentence } from '../../collate/analysis/analysis-text.ts';
import { type Contender, compareCell } from '../../collate/analysis/comparison.ts';
import type { Cell } from '../../collate/analysis/groups.ts';
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
  /** Runs of each that a verdict needs. */
  readonly runsNeeded: number;
}

/** `outputs differ`: it is faster, but at something else, so it is not ranked. */
type Decision = 'faster' | 'no detectable difference' | 'too few runs' | 'outputs differ';

const decodeRate = metricOf('decode_tokens_per_s');

/** Every comparable member over the slowest, fastest first; empty where fewer than two are comparable. */
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
  const compared = compareCell(cellOf(group), memberName(reference));
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
      sentence: verdictSentence(decode.measure, contender, decode.noiseFloor),
      runsNeeded,
    };
  });
}

function decisionOf({ verdict, sameOutput }: Contender): Decision {
  switch (verdict) {
    case 'better':
    case 'worse':
      return sameOutput === false ? 'outputs differ' : 'faster';
    case 'no detectable difference':
    case 'too few runs':
      return verdict;
    default:
      return verdict satisfies never;
  }
}

/** A member's name stands for its framework, so that one framework in two settings is two contenders. */
function cellOf(group: Group): Cell {
  const key = {
    hostname: group.hostname,
    workload: 'qa',
    model: group.model,
    weight_class: group.weightClass,
    n_prompt: null,
    n_gen: null,
    depth: null,
    max_tokens: null,
  };
  return {
    key,
    groups: group.members.map((member) => ({
      key: {
        ...key,
        framework: memberName(member),
        quantize: member.quantize,
        device: group.device,
        threads: null,
        comparable: member.comparable,
      },
      runs: [...member.runs],
    })),
  };
}
