/** What else differs between two sides of a cell, in words: `driver 550.1 → 555.2`. What matters most comes first. */
import { z } from 'zod';
import { isChoice, type Measurement } from '../../scripts/log/measurement.ts';
import { shortHash, wordsOf } from '../../scripts/log/measurement-words.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import { median } from '../../scripts/statistics/statistics.ts';
import type { Group } from '../analysis/groups.ts';
import { measurementOf } from '../analysis/measurement.ts';
import type { Cell } from './cells.ts';

type Value = Measurement[string] | undefined;
/** Of the groups of one side. */
type Values = ReadonlySet<Value>;

const absent: Values = new Set([undefined]);

/** In the order in which they are told, with the name that people know each by; what has no place comes before `host`. */
const order: ReadonlyArray<readonly [field: RegExp, name?: string]> = [
  [/^framework\.name$/, 'framework'],
  [/^framework\.version$/],
  [/^effective\.build\.(?!packages$|lock$)/],
  [/^model\.(name|quantize)$/],
  [/^model\.sha256$/, 'weights'],
  [/^questions\.sha256$/, 'questions'],
  [/^requested\.system$/, 'system prompt'],
  [/^requested\.text/],
  [/^effective\.(device|settings\.)/],
  [/^(framework\.settings|requested)\./],
  [/^host\.gpus$/],
  [/^host\.release$/, 'system'],
  [/^host\.(platform|governor|powerSource|hypervisor|container)$/],
  [/^effective\.build\.packages$/],
  [/^effective\.build\.lock$/, 'lock file'],
  [/^host\.hostname$/, 'host'],
  [/^host\.cpuModel$/, 'CPU'],
];

/** What is said elsewhere, is another one in each session, or follows from a change that is told. */
const silent =
  /^(session|workload|model\.weightClass|effective\.(kvBytesPerPosition|stateBytes|weights\.)|host\.(usable|memoryBytes)|requested\.tag)/;

/** Fields whose absence says something: where they are not recorded, nothing was set. */
const absentMeansNone = /^(requested\.system|framework\.settings\.)/;

export function changesOf({ base, head }: Cell): string[] {
  const [before, after] = [valuesByField(base), valuesByField(head)];
  const fields = [...new Set([...before.keys(), ...after.keys()])].filter((field) => !silent.test(field));
  const valuesOf = (field: string) => [before.get(field) ?? absent, after.get(field) ?? absent] as const;
  const changed = fields.filter((field) => isChange(field, ...valuesOf(field)));
  const told = changed.filter((field) => !isAnsweredBy(field, changed));
  return [
    ...told
      .sort((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
      .flatMap((field) => changeText(field, ...valuesOf(field))),
    ...columnChanges(runsOf(base), runsOf(head)),
    ...parityChange(base, head),
    ...outputChange(runsOf(base), runsOf(head)),
    ...clockChange(runsOf(base), runsOf(head)),
  ];
}

function runsOf(groups: readonly Group[]): RunRow[] {
  return groups.flatMap(({ runs }) => runs);
}

function valuesByField(groups: readonly Group[]): Map<string, Set<Value>> {
  const measurements = groups.map(({ key }) => measurementOf(key));
  const fields = new Set(measurements.flatMap((measurement) => Object.keys(measurement)));
  return new Map([...fields].map((field) => [field, new Set(measurements.map((each) => each[field]))]));
}

function isChange(field: string, before: Values, after: Values): boolean {
  const isKnown = (values: Values) => [...values].some((value) => value !== undefined);
  if (!absentMeansNone.test(field) && !(isKnown(before) && isKnown(after))) return false;
  return before.size !== after.size || [...before].some((value) => !after.has(value));
}

/** What was asked for is told where the engine does not say what it made of it. */
function isAnsweredBy(field: string, changed: readonly string[]): boolean {
  const answer = field.replace(/^requested\./, 'effective.settings.');
  return isChoice(field) && answer !== field && changed.includes(answer);
}

function placeOf(field: string): number {
  const place = order.findIndex(([pattern]) => pattern.test(field));
  return place === -1 ? order.length - 2.5 : place;
}

function changeText(field: string, before: Values, after: Values): string[] {
  if (field === 'host.gpus') return gpuChanges(before, after);
  const lists = listChange(field, [...before], [...after]);
  if (lists !== null) return [`${nameOf(field)}: ${lists}`];
  const [from, to] = [before, after].map((values) => [...values].map((value) => valueText(field, value)).join(', '));
  return [arrow(from ?? '', to ?? '')];
}

function nameOf(field: string): string {
  const known = order.find(([pattern]) => pattern.test(field))?.[1];
  if (known !== undefined) return known;
  const [, last = field] = /([^.]+)$/.exec(field) ?? [];
  return last.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

function valueText(field: string, value: Value): string {
  const known = order.find(([pattern]) => pattern.test(field))?.[1];
  if (value === undefined) return `${nameOf(field)} none`;
  return known === undefined ? wordsOf(field, { [field]: value }) : `${known} ${shortHash(value)}`;
}

/** The words that both begin with are said once: 'governor powersave → performance'. */
function arrow(from: string, to: string): string {
  const [a, b] = [from.split(' '), to.split(' ')];
  let common = 0;
  while (common < Math.min(a.length, b.length) - 1 && a[common] === b[common]) common++;
  return `${from} → ${b.slice(common).join(' ')}`;
}

const separators = /\s*[,;|]\s*/;
const fewestItems = 4;
const mostItems = 6;

/** Of lists in one text (packages, what a build was made with): the items that differ, `torch 2.12 → torch 2.13`. Null for no such lists. */
function listChange(field: string, before: readonly Value[], after: readonly Value[]): string | null {
  const isList =
    field === 'effective.build.packages' || [...before, ...after].some((value) => itemsOf(value).length >= fewestItems);
  if (!isList) return null;
  const [old, now] = [before.flatMap(itemsOf), after.flatMap(itemsOf)];
  const gone = old.filter((item) => !now.includes(item));
  const come = now.filter((item) => !old.includes(item));
  const pairs = gone.map((item) => {
    const heir = come.find((other) => headOf(other) === headOf(item));
    return heir === undefined ? `without ${item}` : arrow(item, heir);
  });
  const added = come
    .filter((item) => !gone.some((other) => headOf(other) === headOf(item)))
    .map((item) => `with ${item}`);
  const all = [...pairs, ...added];
  const more = all.length - mostItems;
  return [...all.slice(0, mostItems), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function itemsOf(value: Value): string[] {
  return `${value ?? ''}`.split(separators).filter((item) => item !== '');
}

/** `torch` of `torch 2.13.0`, `AVX512` of `AVX512 = 1`. */
function headOf(item: string): string {
  return item.split(/\s*[= ]\s*/)[0] ?? item;
}

const gpusSchema = z.array(z.object({ name: z.string(), driver: z.string().optional() }));

function gpuChanges(before: Values, after: Values): string[] {
  const read = (values: Values) => [...values].flatMap((value) => gpusIn(value));
  const told = (values: Values, of: (gpu: z.infer<typeof gpusSchema>[number]) => string | undefined) =>
    [...new Set(read(values).flatMap((gpu) => of(gpu) ?? []))].join(', ');
  const facts = [
    ['GPU', (gpu: { name: string }) => gpu.name],
    ['driver', (gpu: { driver?: string | undefined }) => gpu.driver],
  ] as const;
  return facts.flatMap(([name, of]) => {
    const [from, to] = [told(before, of), told(after, of)];
    // A log of an older version has no driver, which is no change of it.
    if (from === to || (name === 'driver' && (from === '' || to === ''))) return [];
    return [`${name} ${from || 'none'} → ${to || 'none'}`];
  });
}

function gpusIn(value: Value): z.infer<typeof gpusSchema> {
  try {
    return gpusSchema.safeParse(JSON.parse(`${value}`)).data ?? [];
  } catch {
    return [];
  }
}

const columns = [
  ['model_lineage', 'weights made by'],
  ['suite_version', 'Tokenlap'],
  ['suite_revision', 'commit of Tokenlap'],
] as const;

function columnChanges(before: readonly RunRow[], after: readonly RunRow[]): string[] {
  return columns.flatMap(([column, name]) => {
    const [from, to] = [before, after].map((runs) =>
      [...new Set(runs.flatMap((run) => run[column] ?? []))].map(shortHash).join(', '),
    );
    return from === '' || to === '' || from === to ? [] : [`${name} ${from} → ${to}`];
  });
}

function parityChange(base: readonly Group[], head: readonly Group[]): string[] {
  const [from, to] = [base, head].map((groups) => [...new Set(groups.map(({ parity }) => parity.state))].join(', '));
  const isJudged = (states = '') => states !== '' && states !== 'unchecked';
  return from === to || !isJudged(from) || !isJudged(to) ? [] : [`parity ${from} → ${to}`];
}

/** Greedy answers to the same questions in the same order. */
function outputChange(base: readonly RunRow[], head: readonly RunRow[]): string[] {
  const keyOf = ({ seed, iteration, model_sha256, max_tokens }: RunRow) =>
    JSON.stringify([seed, iteration, model_sha256, max_tokens]);
  const isGreedy = (run: RunRow) => run.temperature === 0 && run.output_sha256 !== null;
  const known = new Map(base.filter(isGreedy).map((run) => [keyOf(run), run.output_sha256]));
  const pairs = head.filter(isGreedy).flatMap((run) => {
    const before = known.get(keyOf(run));
    return before === undefined ? [] : [before === run.output_sha256];
  });
  const differing = pairs.filter((same) => !same).length;
  return differing === 0 ? [] : [`greedy outputs differ in ${differing} of ${pairs.length} pairs of runs`];
}

/** Clocks wander by a few percent by themselves. */
const smallestClockChange = 0.05;

function clockChange(base: readonly RunRow[], head: readonly RunRow[]): string[] {
  return (['clock_max_mhz', 'gpu_clock_max_mhz'] as const).flatMap((column) => {
    const [before, after] = [base, head].map((runs) => runs.flatMap((run) => run[column] ?? []));
    if (before === undefined || after === undefined || before.length === 0 || after.length === 0) return [];
    const [from, to] = [median(before), median(after)];
    if (Math.abs(Math.log(to / from)) < smallestClockChange) return [];
    return [`${column.startsWith('gpu') ? 'GPU clock' : 'clock'} ${Math.round(from)} → ${Math.round(to)} MHz`];
  });
}
