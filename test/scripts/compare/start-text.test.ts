import { expect, it } from 'vitest';
import { ceilingsText, commandIn, frameworksText } from '../../../scripts/compare/start-report.ts';
import type { Framework } from '../../../scripts/frameworks/framework.ts';
import { isPythonVariant } from '../../../scripts/frameworks/python-environment/variant.ts';
import { frameworks } from '../../../scripts/frameworks/registry.ts';
import type { HardwareLog } from '../../../scripts/log/hardware/hardware-log.ts';

const [works, ...others] = frameworks;
const other = others.find(({ servers }) => servers !== undefined);
if (works === undefined || other === undefined) throw new Error('there are a framework and a client of servers');
const nothing = { measured: [], failures: [] };

const inPython = frameworks.filter(({ variants = [] }) => variants.some(isPythonVariant));

it('what is missing is said once, each with one command, and one command for all that can be installed', () => {
  const missing = ({ framework, ...availability }: { framework: Framework; reason: string; remedy: string }) => ({
    ...{ framework, availability: { status: 'missing' as const, ...availability }, ...nothing },
  });
  const [first, second] = inPython;
  if (first === undefined || second === undefined) throw new Error('two frameworks live in Python');
  const surveys = [
    {
      ...{ framework: works, ...nothing },
      availability: { status: 'available' as const, version: `${works.title} v1`, devices: [] },
    },
    missing({ framework: first, reason: 'no such thing', remedy: 'Install `apt install it` or `uv pip it`.' }),
    missing({ framework: second, reason: 'no such thing either', remedy: 'Run `install it`.' }),
    missing({ framework: other, reason: 'no server', remedy: 'Start one.' }),
  ];
  const said = [
    `These work here: ${works.title} v1.`,
    'These are missing; below each is the command that installs it:',
    `- ${first.title}: no such thing`,
    '    apt install it',
    `- ${second.title}: no such thing either`,
    '    install it',
    `- ${other.title}: no server`,
    '    Start one.',
  ];
  expect(frameworksText(surveys, false).split('\n').slice(1)).toEqual([
    ...said,
    `One command installs and measures ${first.title}, ${second.title}: npm start -- --install`,
  ]);
  expect(frameworksText(surveys, true).split('\n').slice(1)).toEqual(said);
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
