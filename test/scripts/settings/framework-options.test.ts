import { Command } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  addFrameworkOptions,
  type FrameworkOption,
  givenOptions,
} from '../../../scripts/command-line/parsing/framework-options.ts';

const options: readonly FrameworkOption[] = [
  { flag: '--a-path <path>', schema: z.string(), help: 'a path', variable: 'A_PATH' },
  { flag: '--shown', schema: z.boolean(), help: 'show it', variable: 'SHOWN' },
  { flag: '--level <level>', schema: z.int().min(0).max(4), help: 'a level', variable: 'LEVEL' },
  { flag: '--arg <arg>', schema: z.string(), help: 'an argument', variable: 'ARGS', repeats: true },
];

function given(args: string[], environment: NodeJS.ProcessEnv = {}) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  const parsed = addFrameworkOptions(command, options).parse(args, { from: 'user' });
  return givenOptions(options, parsed.opts(), environment);
}

describe("options of a framework's own", () => {
  it.each<[string[], NodeJS.ProcessEnv, object]>([
    [['--a-path', 'a'], {}, { aPath: 'a' }],
    [['--a-path', 'a', '--a-path', 'b'], {}, { aPath: 'b' }],
    [['--shown'], {}, { shown: true }],
    [['--level', '4'], {}, { level: 4 }],
    [['--arg=--one', '--arg=--two'], {}, { arg: '--one --two' }],
    [
      [],
      { A_PATH: 'a', SHOWN: '1', LEVEL: '0', ARGS: '--one --two' },
      { aPath: 'a', shown: true, level: 0, arg: '--one --two' },
    ],
    [['--a-path', 'typed', '--level', '1'], { A_PATH: 'set', LEVEL: '2' }, { aPath: 'typed', level: 1 }],
    [[], { A_PATH: '', SHOWN: '0' }, {}],
  ])('%j with %j are %j', (args, environment, values) => {
    const before = { ...environment };
    expect(given(args, environment)).toEqual(values);
    expect(environment).toEqual(before);
  });

  it('are refused where their value is not allowed, on the command line and in the environment', () => {
    expect(() => given(['--level', '9'])).toThrow(/'--level <level>'.* '9' .*whole number of 0 to 4/);
    expect(() => given([], { LEVEL: '9' })).toThrow('LEVEL is "9"');
  });
});
