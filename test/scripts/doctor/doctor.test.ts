import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { settingFindings } from '../../../scripts/doctor/disturbance-findings.ts';
import { canRun, doctorText, type Finding } from '../../../scripts/doctor/findings.ts';
import { frameworkFindings } from '../../../scripts/doctor/framework-findings.ts';
import { nodeFinding, storageFindings } from '../../../scripts/doctor/machine-findings.ts';
import { frameworks } from '../../../scripts/frameworks/registry.ts';
import { describeHost } from '../../../scripts/machine/facts/host.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { script } from '../../fakes/script.ts';

describe('Node', () => {
  it.each([
    ['20.18.9', 'stops'],
    ['20.19.0', 'ok'],
    ['20.20.2', 'ok'],
    ['24.1.0', 'ok'],
    ['9.99.0', 'stops'],
  ])('%s: %s', (version, state) => {
    expect(nodeFinding(version, '>=20.19').state).toBe(state);
  });
});

describe('frameworks', () => {
  const origin = async () => '/somewhere';

  const twoWithoutVariants = frameworks.filter(({ variants }) => variants === undefined).slice(0, 2);

  it('have version, origin and devices, or what brings them', async () => {
    const found = await frameworkFindings(twoWithoutVariants, () => {}, {
      origin,
      probe: async ({ name }) =>
        name === twoWithoutVariants[0]?.name
          ? { status: 'available', version: '1.2', devices: [{ kind: 'gpu', name: 'llvmpipe', software: true }] }
          : { status: 'missing', reason: 'not there', remedy: 'bring it' },
    });
    expect(found.map(({ state, text, next }) => ({ state, text, next }))).toEqual([
      { state: 'ok', text: '1.2; from /somewhere; on gpu (llvmpipe), emulated', next: undefined },
      { state: 'missing', text: 'not there', next: 'bring it' },
    ]);
    expect(canRun(found)).toBe(true);
  });

  it('that can be had in a faster build are noted with the command that makes it', async () => {
    vi.stubEnv('TOKENLAP_CACHE', outputFolder());
    const offering = frameworks.filter(({ variants }) => variants !== undefined).slice(0, 1);
    const probe = async () => ({ status: 'available' as const, version: '1', devices: [{ kind: 'cpu', name: 'cpu' }] });
    const [, build] = await frameworkFindings(offering, () => {}, { origin, probe });
    vi.unstubAllEnvs();
    const { name, variants } = offering[0] ?? {};
    expect(build).toMatchObject({
      state: 'note',
      next: `npx tsx scripts/frameworks.ts install ${name} --variant ${variants?.[0]?.name}`,
    });
  });

  it('that are all missing stop the pipeline', async () => {
    const probe = async () => ({ status: 'missing' as const, reason: 'gone', remedy: 'bring it' });
    expect(canRun(await frameworkFindings(frameworks, () => {}, { origin, probe }))).toBe(false);
  });
});

describe('settings of the machine', () => {
  const machine = async (files: Record<string, string>, host = {}) => {
    const root = `${outputFolder()}/`;
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const metal = { hypervisor: null, container: null, virtualized: false, governor: 'performance' };
    return settingFindings({ ...(await describeHost(false)), ...metal, ...host }, root);
  };
  const stateOf = (findings: readonly Finding[], name: string) =>
    findings.find((finding) => finding.name === name)?.state;

  it('that hold clocks still are fine', async () => {
    const found = await machine({ 'proc/meminfo': 'SwapTotal: 100 kB\nSwapFree: 100 kB\n' });
    expect(new Set(found.map(({ state }) => state))).toEqual(new Set(['ok']));
  });

  it('that change them are noted, with what helps', async () => {
    const found = await machine(
      {
        'proc/meminfo': 'SwapTotal: 9000 kB\nSwapFree: 1000 kB\n',
        'sys/devices/system/cpu/intel_pstate/no_turbo': '0\n',
      },
      { governor: 'powersave', virtualized: true, hypervisor: 'kvm' },
    );
    expect(stateOf(found, 'governor')).toBe('note');
    expect(stateOf(found, 'swap in use')).toBe('note');
    expect(stateOf(found, 'hardware')).toBe('note');
    expect(found.find(({ name }) => name === 'turbo')?.text).toMatch(/^on/);
    expect(found.find(({ name }) => name === 'swap in use')?.text).toMatch(/^8\.19 MB/);
  });

  it('that nothing tells are unknown, not fine', async () => {
    expect(stateOf(await machine({}, { governor: null, platform: 'linux' }), 'governor')).toBe('unknown');
  });
});

it('results that would lie below a file stop the pipeline', () => {
  const folder = outputFolder();
  expect(canRun(storageFindings(join(folder, 'results'), folder))).toBe(true);
  writeFileSync(join(folder, 'results'), '');
  expect(canRun(storageFindings(join(folder, 'results', 'mine'), folder))).toBe(false);
});

it('the text has no line over 80 columns but for what is one word or one command, and no colour in a pipe', () => {
  const long = 'word '.repeat(60).trim();
  const findings: Finding[] = [
    { part: 'Machine', name: 'CPU', state: 'ok', text: long },
    {
      part: 'Frameworks',
      name: 'X',
      state: 'missing',
      text: long,
      next: `Type \`npm ${'x'.repeat(20)} y z\`, then ${long}`,
    },
  ];
  const text = doctorText(findings);
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(text).toContain(`\`npm ${'x'.repeat(20)} y z\``);
  expect(text).not.toContain('\u001b');
});

it('a next step that is a command alone stays in one piece', () => {
  const next = `npx tsx scripts/frameworks.ts install ${'x'.repeat(20)} --variant native`;
  const text = doctorText([{ part: 'Frameworks', name: 'X', state: 'note', text: 'not installed', next }]);
  expect(text.split('\n').some((line) => line.endsWith(`next: ${next}`))).toBe(true);
});

it('as JSON tells every part, and whether the pipeline can run', { timeout: 300_000 }, async () => {
  const { code, stdout } = await script('scripts/doctor.ts', ['--json']);
  const told: { canRun: boolean; findings: Finding[] } = JSON.parse(stdout);
  expect(code).toBe(told.canRun ? 0 : 3);
  expect(new Set(told.findings.map(({ part }) => part)).size).toBe(4);
  expect(told.findings.filter(({ part }) => part === 'Frameworks').length).toBeGreaterThanOrEqual(frameworks.length);
});
