/** Options of every framework that lives in a Python: which one, and what it finds there. */
import type { EnvironmentOption } from '../command-line/environment-options.ts';

export const pythonOptions: readonly EnvironmentOption[] = [
  { flags: '--python <path>', description: 'interpreter of Python frameworks', variable: 'TOKENLAP_PYTHON' },
  {
    flags: '--python-path <dir>',
    description: 'added to the Python path: a source checkout of a framework, say',
    variable: 'TOKENLAP_PYTHON_PATH',
  },
];
