/** Variables that every Python of ours is started with. */
import { delimiter } from 'node:path';

/** TOKENLAP_PYTHON_PATH goes before PYTHONPATH: a source checkout wins over an installed version. */
export function pythonEnvironment(): Record<string, string> {
  const path = [process.env.TOKENLAP_PYTHON_PATH, process.env.PYTHONPATH].filter(
    (part) => part !== undefined && part !== '',
  );
  return {
    PYTHONUTF8: '1',
    ...(path.length === 0 ? {} : { PYTHONPATH: path.join(delimiter) }),
  };
}
