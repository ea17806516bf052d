/** Whether a result may be ranked; what may not be is shown hollow and named, with the reason. */
import { failureOf } from '../../collate/analysis/parity.ts';
import { unequalReason } from '../../scripts/log/measurement.ts';
import type { Member } from './groups.ts';

type Standing = Pick<Member, 'comparable' | 'parity'> & Partial<Pick<Member, 'unequal'>>;

export function isRanked(member: Standing): boolean {
  return markOf(member) === null;
}

type Mark = 'not comparable' | 'failed parity' | 'other conditions';

/** In a word or two, for tables and labels; null where it is ranked. */
export function markOf({ comparable, parity, unequal = null }: Standing): Mark | null {
  if (!comparable) return 'not comparable';
  if (parity.state === 'failed') return 'failed parity';
  return unequal === null ? null : 'other conditions';
}

/** ` (failed parity)`; empty where it is ranked. */
export function markBehind(member: Standing): string {
  const mark = markOf(member);
  return mark === null ? '' : ` (${mark})`;
}

/** The whole reason; null where it is ranked. */
export function whyNotRanked({ comparable, parity, unequal = null }: Standing): string | null {
  if (!comparable) return 'not comparable (software device, silent fallback or broken invariant)';
  if (parity.state === 'failed') return failureOf(parity.by);
  return unequal === null ? null : unequalReason(unequal, 'what is ranked');
}
