/** The same framework, model, weight class and task in several places: hosts and devices, never pooled. */
import { measurementOf } from '../../collate/analysis/measurement.ts';
import { taskOf } from '../../scripts/log/measurement.ts';
import { type Group, type Member, modelName } from './groups.ts';

/** One framework and setting, one model, one weight class, one task. */
export interface Placement {
  framework: string;
  setting: string;
  model: string;
  weightClass: string;
  places: Place[];
}

export interface Place {
  group: Group;
  member: Member;
}

/** Those that ran in at least two places, most places first. */
export function placements({ groups }: { readonly groups: readonly Group[] }): Placement[] {
  const found = new Map<string, Placement>();
  for (const group of groups) {
    for (const member of group.members) {
      const { framework, setting } = member;
      const key = JSON.stringify([framework, setting, group.model, group.weightClass, taskAnywhere(member)]);
      const placement = found.get(key) ?? {
        framework,
        setting,
        model: modelName(group),
        weightClass: group.weightClass,
        places: [],
      };
      placement.places.push({ group, member });
      found.set(key, placement);
    }
  }
  return [...found.values()]
    .filter(({ places }) => new Set(places.map(placeName)).size > 1)
    .sort((a, b) => b.places.length - a.places.length);
}

/** What was asked of it, whichever machine and session it was asked in. */
function taskAnywhere({ runs: [run] }: Member): string {
  const task = Object.entries(run === undefined ? {} : taskOf(measurementOf(run)));
  return JSON.stringify(task.filter(([name]) => name !== 'session' && !name.startsWith('host.')));
}

export const placeName = ({ group }: Pick<Place, 'group'>) => `${group.device} of ${group.hostname}`;

export const placementName = (placement: Placement) =>
  [placement.framework, placement.setting, placement.model, placement.weightClass]
    .filter((part) => part !== '')
    .join(' · ');
