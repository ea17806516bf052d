/** Limits that an answer must keep to be of use: `--slo ttft=500,tpot=50`. Goodput counts the answers that do. */
import { InvalidArgumentError } from 'commander';
import { commaList } from '../../command-line/options.ts';
import type { Settings } from '../record-fields.ts';

const measures = ['ttft', 'tpot', 'e2e'] as const;
type Measure = (typeof measures)[number];

/** Milliseconds that must not be exceeded. */
export type Objectives = Partial<Record<Measure, number>>;

/** Reads an option's value. */
export function objectives(text: string): Objectives {
  const limits: Objectives = {};
  for (const part of commaList(text)) {
    const [name, value] = part.split('=');
    const measure = measures.find((known) => known === name);
    const limitMs = Number(value);
    if (measure === undefined || !(limitMs > 0)) {
      throw new InvalidArgumentError(`Limits in milliseconds are needed: ${measures.join('=..., ')}=....`);
    }
    limits[measure] = limitMs;
  }
  return limits;
}

const settingNames = { ttft: 'sloTtftMs', tpot: 'sloTpotMs', e2e: 'sloE2eMs' } as const;

/** As the header of a log keeps them. */
export function objectiveSettings(limits: Objectives): Settings {
  return Object.fromEntries(measures.map((measure) => [settingNames[measure], limits[measure] ?? null]));
}

/** From the header of a log. */
export function objectivesOf(requested: Settings): Objectives {
  const limits: Objectives = {};
  for (const measure of measures) {
    const limitMs = requested[settingNames[measure]];
    if (typeof limitMs === 'number') limits[measure] = limitMs;
  }
  return limits;
}

/** As the option takes them; undefined where there are none. */
export function objectiveOption(limits: Objectives): string | undefined {
  const parts = measures.flatMap((measure) => (limits[measure] === undefined ? [] : `${measure}=${limits[measure]}`));
  return parts.length === 0 ? undefined : parts.join(',');
}

/**
 * What is not known is not kept; only an answer of a single token, which has no time per token, keeps any limit of that.
 * @param tokens of the answer
 */
export function keeps(limits: Objectives, figures: Record<`${Measure}Ms`, number | null>, tokens = 1): boolean {
  return measures.every((measure) => {
    const [limit, figure] = [limits[measure], figures[`${measure}Ms`]];
    if (limit === undefined || (measure === 'tpot' && figure === null && tokens === 1)) return true;
    return figure !== null && figure <= limit;
  });
}

export function objectivesText(limits: Objectives): string {
  return measures
    .filter((measure) => limits[measure] !== undefined)
    .map((measure) => `${measure.toUpperCase()} at most ${limits[measure]} ms`)
    .join(', ');
}
