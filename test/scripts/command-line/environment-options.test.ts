import { Command } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { addEnvironmentOptions } from '../../../scripts/command-line/environment-options.ts';

const options = [
  { flags: '--path <path>', description: 'a path', variable: 'A_PATH' },
  { flags: '--shown', description: 'show it', variable: 'SHOWN' },
  { flags: '--arg <arg>', description: 'an argument', variable: 'ARGS', repeats: true },
];

function parsed(args: string[], environment: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const command = new Command().exitOverride();
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

  it('leave alone what is not given', () => {
    expect(parsed([], { A_PATH: 'before' })).toEqual({ A_PATH: 'before' });
  });
});
