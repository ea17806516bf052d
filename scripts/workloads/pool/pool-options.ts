/** The options of the resource pool test, and the levels that they ask for. */
import type { Command } from '@commander-js/extra-typings';
import { InvalidArgumentError, type OptionValues } from 'commander';
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { commaList, wholeNumber, withSuggestion } from '../../command-line/options.ts';
import { addSettings } from '../../command-line/parsing/add-settings.ts';
import type { Framework } from '../../frameworks/framework.ts';
import { parseQuantization } from '../../models/quantization.ts';
import { namesOf } from '../../settings/setting.ts';
import { poolSettings } from '../../settings/workload-settings.ts';
import { upTo } from './levels.ts';
import type { Level, NamedModel } from './pool-context.ts';
import { type Fault, faults } from './records.ts';

const usualMost = 4;
const usualTokens = 64;

export function withPoolOptions<Args extends unknown[], Options extends OptionValues>(command: Command<Args, Options>) {
  return addSettings(command, [...namesOf(poolSettings), 'maxTokens', 'questions'], {
    models: { parse: modelList },
    faults: { parse: faultList, help: `faults to inject: ${faultNames.join(', ')}, or none (default: all)` },
    maxTokens: {
      parse: wholeNumber(2),
      default: usualTokens,
      help: 'tokens of every answer, past the end-of-sequence token too',
    },
  });
}

interface AskedModel {
  size: string;
  quantize: string;
}

function modelList(text: string): AskedModel[] {
  return commaList(text).map((part) => {
    const [size = '', format, ...more] = part.split(':');
    if (size === '' || format === undefined || more.length > 0) {
      throw new InvalidArgumentError('Models are needed as size:format, for instance tiny:f16,tiny:q8_0.');
    }
    return { size, quantize: parseQuantization(format) };
  });
}

const faultNames = faults.map((fault) => fault.replaceAll('_', '-'));

function faultList(text: string): Fault[] {
  if (text === 'none') return [];
  return commaList(text).map((name) => {
    const found = faults.find((fault) => fault.replaceAll('_', '-') === name);
    if (found === undefined)
      throw new InvalidArgumentError(withSuggestion(`Allowed: ${faultNames.join(', ')}, none.`, name, faultNames));
    return found;
  });
}

export interface AskedLevels {
  engines?: number | undefined;
  sequences?: number | undefined;
  models?: readonly AskedModel[] | undefined;
}

/**
 * Without any of the three: engines, and sequences where the framework can.
 * @param side the models of `--models`, in its order
 * @throws UserError for sequences of a framework that has one
 */
export function levelsOf(asked: AskedLevels, framework: Framework, model: NamedModel, side: NamedModel[]): Level[] {
  const unsaid = asked.engines === undefined && asked.sequences === undefined && asked.models === undefined;
  const engines = asked.engines ?? (unsaid ? usualMost : 0);
  const sequences = asked.sequences ?? (unsaid && framework.sequences ? usualMost : 0);
  if (sequences > 1 && !framework.sequences) {
    throw new UserError(`${framework.title} computes one sequence at a time in an engine`, {
      exitCode: exitCodes.usage,
      remedy: 'Leave --sequences out; --engines works with every framework.',
    });
  }
  const of = (kind: Level['kind'], many: Partial<Level>): Level => ({
    kind,
    engines: 1,
    sequences: 1,
    models: [model],
    ...many,
  });
  return [
    ...(engines === 0 ? [] : upTo(engines).map((count) => of('engines', { engines: count }))),
    ...(sequences === 0 ? [] : upTo(sequences).map((count) => of('sequences', { sequences: count }))),
    ...side.map((one) => of('models', { models: [one] })),
    ...(side.length > 1 ? [of('models', { models: side })] : []),
  ];
}
