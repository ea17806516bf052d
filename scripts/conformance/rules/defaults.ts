/** A default is written once, in configs/defaults.json, where a person finds it. */
import type { Rule } from '../rule.ts';

export const defaultsElsewhere: Rule = {
  id: 'defaults',
  asks: 'What configs/defaults.json has is taken from there, and written nowhere else.',
  *inTree({ modules, defaults }) {
    const names = new Set(Object.entries(defaults).flatMap(([name, value]) => (isPlain(value) ? [name] : [])));
    for (const { file, writtenDefaults } of modules.values()) {
      for (const { line, name } of writtenDefaults) {
        if (names.has(name)) yield { file, line, message: `the default of ${name} is written here, and in configs/defaults.json` };
      }
    }
  },
};

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'string';
}
