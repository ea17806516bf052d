/** A framework that lives in Python and misbehaves as told: `scriptedPython('generate=die&at=3')`. */
import { resolve } from 'node:path';
import type { PythonFramework } from '../../scripts/frameworks/framework.ts';

export function scriptedPython(script = ''): PythonFramework {
  return {
    name: 'scripted-python',
    title: 'Scripted Python',
    host: 'python',
    module: 'scripted_engine',
    needs: [],
    remedy: 'Install Python.',
    devices: ['cpu'],
    modelFormats: ['gguf'],
    quantizations: ['f16'],
    environment: () => ({ TOKENLAP_SCRIPT: script, PYTHONPATH: resolve(import.meta.dirname) }),
  };
}
