/** A default is written once, in configs/defaults.json, where a person finds it. */
import type { WrittenDefault } from '../facts/written-defaults.ts';
import type { Rule } from '../rule.ts';

export const defaultsElsewhere: Rule = {
  id: 'defaults',
  asks: 'What configs/defaults.json has is taken from there, and written nowhere else.',
  *inTree({ modules, defaults }) {
    for (const { file, writtenDefaults } of modules.values()) {
      for (const written of writtenDefaults) {
        const usual = says(written, defaults[written.name]) ? defaults[written.name] : sameInside(written, defaults);
        if (usual === undefined) continue;
        const message = `the default of ${written.name} is written here (${written.value}), and in configs/defaults.json (${usual})`;
        yield { file, line: written.line, message };
      }
    }
  },
};

/** 0 and false say that there is nothing; a text that stands in for an absent one is a default only where it is the same. */
function says({ value, isDeclared }: WrittenDefault, usual: unknown): boolean {
  if (typeof usual !== typeof value || value === 0 || typeof value === 'boolean') return false;
  return typeof value === 'number' || isDeclared || value === usual;
}

/** Of a group of defaults, such as those of a workload, only what is the same is taken for a copy: names repeat there. */
function sameInside({ name, value, isDeclared }: WrittenDefault, defaults: Readonly<Record<string, unknown>>): unknown {
  if (!isDeclared || value === 0 || typeof value === 'boolean') return undefined;
  const groups = Object.values(defaults).filter((group) => typeof group === 'object' && group !== null);
  return groups.flatMap((group) => Object.entries(group)).find(([key, usual]) => key === name && usual === value)?.[1];
}
