import { expect, it } from 'vitest';
import { ceilingsText, commandIn, frameworksText } from '../../../scripts/compare/start-report.ts';
import { frameworks } from '../../../scripts/frameworks/registry.ts';
import type { HardwareLog } from '../../../scripts/log/hardware/hardware-log.ts';

const [works, lacks, other] = frameworks;
if (works === undefined || lacks === undefined || other === undefined) throw new Error('there are three frameworks');
const nothing = { measured: [], failures: [] };

it('what is missing is said once, each with one command', () => {
  const text = frameworksText([
    { framework: works, availability: { status: 'available', version: `${works.title} v1`, devices: [] }, ...nothing },
    {
      framework: lacks,
      availability: { status: 'missing', reason: 'no such thing', remedy: 'Install `apt install it` or `uv pip it`.' },
      ...nothing,
    },
    { framework: other, availability: { status: 'missing', reason: 'no server', remedy: 'Start one.' }, ...nothing },
  ]);
  expect(text.split('\n').slice(1)).toEqual([
    `These work here: ${works.title} v1.`,
    'These are missing; below each is the command that installs it:',
    `- ${lacks.title}: no such thing`,
    '    apt install it',
    `- ${other.title}: no server`,
    '    Start one.',
  ]);
  expect(commandIn('`a b` and `c`')).toBe('a b');
});

it('the ceilings are those of the memory, not of a cache, and of so many threads', () => {
  const of = { device: 'cpu', threads: 1, median: 1, samples: 1, method: 'm' } as const;
  const measurements: HardwareLog['measurements'] = [
    { ...of, quantity: 'read_bandwidth', unit: 'B/s', workingSetBytes: 2 ** 20, value: 80e9 },
    { ...of, quantity: 'read_bandwidth', unit: 'B/s', workingSetBytes: 2 ** 27, value: 27.5e9 },
    { ...of, quantity: 'read_bandwidth', unit: 'B/s', workingSetBytes: 2 ** 27, value: 40e9, threads: 2 },
    { ...of, quantity: 'f32_arithmetic', unit: 'FLOP/s', workingSetBytes: null, value: 59e9 },
    { ...of, quantity: 'f32_arithmetic', unit: 'FLOP/s', workingSetBytes: null, value: 100e9, method: 'another' },
  ];
  const log = { measurements } as unknown as HardwareLog;
  expect(ceilingsText(log, 1, 'o')).toMatch(
    /^With one thread: memory 27\.5 GB\/s, arithmetic 100 GFLOP\/s in F32\. More figures: npx tsx/,
  );
});
