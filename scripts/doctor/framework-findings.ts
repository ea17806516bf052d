/** Findings about every framework: its version, origin and devices; or what installs it. */
import packageJson from '../../package.json' with { type: 'json' };
import { oneLine } from '../command-line/errors.ts';
import { textOption } from '../command-line/parsing/framework-options.ts';
import { findBrowser } from '../engine/browser/find-browser.ts';
import { probeFramework } from '../engine/engine.ts';
import { interpreterFor } from '../engine/python-interpreter.ts';
import type { Availability, Framework } from '../frameworks/framework.ts';
import { variantPresences } from '../frameworks/installation.ts';
import type { Finding } from './findings.ts';

interface Asking {
  probe: (framework: Framework) => Promise<Availability>;
  /** Null when the origin is unknown. */
  origin: (framework: Framework) => Promise<string | null>;
}

const real: Asking = { probe: (framework) => probeFramework(framework), origin };

/** Probes one after the other: a framework that starts beside others may take itself for hung. */
export async function frameworkFindings(
  frameworks: readonly Framework[],
  onFramework: (framework: Framework) => void,
  asking: Asking = real,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  let works = false;
  for (const framework of frameworks) {
    onFramework(framework);
    const finding = await findingOf(framework, asking);
    works ||= finding.state === 'ok';
    findings.push(finding);
    findings.push(...(await variantFindings(framework)));
  }
  if (works) return findings;
  const text = 'none works on this machine: nothing can be measured';
  return [
    ...findings,
    { part: 'Frameworks', name: 'all', state: 'stops', text, next: 'Install one of them as described above.' },
  ];
}

async function findingOf(framework: Framework, { probe, origin: from }: Asking): Promise<Finding> {
  const availability = await probe(framework);
  const found = { part: 'Frameworks', name: framework.title } as const;
  if (availability.status === 'missing') {
    const { reason, remedy } = availability;
    return { ...found, state: 'missing', text: reason, next: remedy };
  }
  const { version, devices } = availability;
  const where = await from(framework);
  const on = [...new Set(devices.map(({ kind, name, software }) => deviceText(kind, name, software === true)))];
  const variants = await variantPresences(framework);
  const build = variants.map(
    ({ name, installed }) => `${name} build ${installed === undefined ? 'not installed' : 'installed'}`,
  );
  const parts = [version, ...(where === null ? [] : [`from ${where}`]), ...build, `on ${on.join(', ')}`];
  return { ...found, state: 'ok', text: parts.join('; ') };
}

/** Variants of it that can be installed in addition to what npm installs. */
async function variantFindings(framework: Framework): Promise<Finding[]> {
  return (await variantPresences(framework)).map(({ name, title, gain, installed, command }) => {
    const found = { part: 'Frameworks', name: `${framework.title} ${name}` } as const;
    if (installed !== undefined) return { ...found, state: 'ok', text: `${title}; from ${installed.folder}` };
    return { ...found, state: 'note', text: `not installed: ${title}. ${gain}`, next: command };
  });
}

function deviceText(kind: string, name: string, software: boolean): string {
  const of = name === '' || name === kind ? kind : `${kind} (${name})`;
  return software ? `${of}, emulated` : of;
}

async function origin(framework: Framework): Promise<string | null> {
  try {
    switch (framework.host) {
      case 'python': {
        const { path, version } = await interpreterFor(framework, framework.given);
        return `Python ${version}, ${path}`;
      }
      case 'browser':
        return await findBrowser({ asked: textOption(framework.given, 'browser') });
      case 'node':
        return framework.servers === undefined ? `npm, with ${packageJson.name}` : null;
      default:
        return framework satisfies never;
    }
  } catch (error) {
    return oneLine(error);
  }
}
