import { Command } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { addEnvironmentOptions } from '../../../scripts/command-line/environment-options.ts';
import { wholeNumber } from '../../../scripts/command-line/options.ts';

const options = [
  { flags: '--path <path>', description: 'a path', variable: 'A_PATH' },
  { flags: '--shown', description: 'show it', variable: 'SHOWN' },
  { flags: '--level <level>', description: 'a level', variable: 'LEVEL', parse: wholeNumber(0, 4) },
  { flags: '--arg <arg>', description: 'an argument', variable: 'ARGS', repeats: true },
];

function parsed(args: string[], environment: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addEnvironmentOptions(command, options, { environment });
  command.parse(args, { from: 'user' });
  return environment;
}

describe('options that set variables', () => {
  it.each<[string[], NodeJS.ProcessEnv]>([
    [['--path', 'a'], { A_PATH: 'a' }],
    [['--path', 'a', '--path', 'b'], { A_PATH: 'b' }],
    [['--shown'], { SHOWN: '1' }],
    [['--arg=--one', '--arg=--two'], { ARGS: '--one --two' }],
  ])('%j', (args, environment) => {
    expect(parsed(args)).toEqual(environment);
  });

  it('refuse on the command line what is no value of theirs, and set nothing', () => {
    const environment: NodeJS.ProcessEnv = {};
    expect(() => parsed(['--level', '9'], environment)).toThrow(/'--level <level>'.* '9' .*whole number of 0 to 4/);
    expect(environment).toEqual({});
    expect(parsed(['--level', '4'])).toEqual({ LEVEL: '4' });
  });

  it('leave alone what is not given', () => {
    expect(parsed([], { A_PATH: 'before' })).toEqual({ A_PATH: 'before' });
  });
});
