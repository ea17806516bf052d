/** MLC in a page: the module that framework.ts names. */
import { oneLine } from '../../../command-line/errors.ts';
import type { PageFramework } from '../../framework.ts';
import { mlcFormats, needsHalfPrecision } from '../page-facts.ts';
import { adapterName, findAdapter, isSoftware } from './adapter.ts';
import { loadMlc } from './load.ts';
import { importWebLlm } from './web-llm.ts';

export const page: PageFramework = {
  title: 'MLC',
  async probe() {
    if (navigator.gpu === undefined) {
      return missing('this browser has no WebGPU', 'Take a current Chrome, Chromium or Edge (113 or later).');
    }
    try {
      const { version } = await importWebLlm();
      const adapter = await findAdapter();
      if (adapter === undefined) {
        return missing(
          'WebGPU finds no adapter in this browser',
          'Look at chrome://gpu in it, and at docs/mlc.md for the flags that a system needs.',
        );
      }
      const runs = (format: string) => !needsHalfPrecision(format) || adapter.features.has('shader-f16');
      return {
        status: 'available',
        version,
        devices: [{ kind: 'webgpu', name: adapterName(adapter), software: isSoftware(adapter) }],
        quantizations: mlcFormats.filter(runs),
      };
    } catch (error) {
      return missing(`web-llm does not start: ${oneLine(error)}`, 'Run `npm ci`, or correct --web-llm.');
    }
  },

  load: loadMlc,
};

function missing(reason: string, remedy: string) {
  return { status: 'missing' as const, reason, remedy };
}
