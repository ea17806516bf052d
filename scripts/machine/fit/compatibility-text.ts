/** The compatibility map as text: devices, formats and architectures of each framework, and reasons for what does not run. */
import { table } from '../../command-line/terminal.ts';
import { weightClassOf } from '../../log/records/model-record.ts';
import { deviceKinds } from '../facts/device-kinds.ts';
import { architecturesOf, type CompatibilityFacts, compatibility, nextBest } from './compatibility.ts';

const weightClasses = ['32-bit', '16-bit', '8-bit', '6-bit', '5-bit', '4-bit', '3-bit', '2-bit', '1-bit'];

export function compatibilityText(facts: CompatibilityFacts, architectures: readonly string[]): string {
  return [
    'Devices',
    deviceTable(facts),
    ...reasons(facts),
    '',
    'Weight formats that run, by class',
    formatTable(facts),
    '',
    'Architectures',
    architectureTable(facts, architectures),
  ].join('\n');
}

function askOf(framework: string, device: string) {
  return { framework, device, quantize: 'default', architecture: undefined };
}

const words = { runs: 'runs', software: 'software', cannot: 'no' } as const;

function deviceTable(facts: CompatibilityFacts): string {
  const kinds = deviceKinds.filter(({ names }) =>
    facts.frameworks.some(({ devices }) => devices.some((device) => names.includes(device))),
  );
  const rows = facts.frameworks.map(({ name, title, devices }) => [
    title,
    ...kinds.map(({ names, name: kind }) =>
      devices.some((device) => names.includes(device)) ? words[compatibility(askOf(name, kind), facts).verdict] : '·',
    ),
  ]);
  return table(['framework', ...kinds.map(({ title }) => title)], rows, 'l'.repeat(kinds.length + 1));
}

/** Why something does not run, and what does instead: each framework and reason once. */
function reasons(facts: CompatibilityFacts): string[] {
  const lines = new Map<string, string[]>();
  for (const { name, title, devices } of facts.frameworks) {
    for (const device of devices) {
      const question = askOf(name, device);
      const verdict = compatibility(question, facts);
      if (verdict.verdict === 'runs') continue;
      const best = nextBest(question, facts);
      const instead = facts.frameworks.find((framework) => framework.name === best?.framework)?.title;
      const next = best === null ? '' : `; next best: ${instead} on ${best.device}`;
      const line = `${verdict.reason}${next}`;
      lines.set(`${title}\t${line}`, [...(lines.get(`${title}\t${line}`) ?? []), device]);
    }
  }
  return [...lines].map(([key, devices]) => {
    const [title, line] = key.split('\t');
    return `  ${title} on ${devices.join(', ')}: ${line}`;
  });
}

function formatTable({ frameworks, found }: CompatibilityFacts): string {
  const rows = frameworks.map(({ name, title, quantizations }) => {
    const runs = found.find(({ framework }) => framework === name)?.quantizations ?? quantizations;
    return [
      title,
      ...weightClasses.map((weightClass) => summary(runs.filter((format) => weightClassOf(format) === weightClass))),
    ];
  });
  return table(['framework', ...weightClasses], rows, 'l'.repeat(weightClasses.length + 1));
}

function summary(formats: readonly string[]): string {
  const [first, ...others] = formats;
  if (first === undefined) return '·';
  return others.length === 0 ? first : `${first} +${others.length}`;
}

function architectureTable(facts: CompatibilityFacts, architectures: readonly string[]): string {
  const rows = facts.frameworks.map((framework) => {
    const record = facts.found.find((each) => each.framework === framework.name);
    const own = architecturesOf(framework, record);
    return [
      framework.title,
      ...architectures.map((architecture) => (own === undefined || own.includes(architecture) ? 'yes' : '·')),
    ];
  });
  return table(['framework', ...architectures], rows, 'l'.repeat(architectures.length + 1));
}
