/** How often the processor slowed down because it was hot: counters of Intel's processors in /sys. */
import { join } from 'node:path';
import { namesIn, readNumber } from '../system-files.ts';
import { type ConditionSource, slowEveryMs } from './condition-source.ts';

export const throttling: ConditionSource = {
  name: 'throttle counters',
  async open({ root }) {
    const folder = join(root, 'sys/devices/system/cpu');
    const files = namesIn(folder, /^cpu\d+$/).flatMap((name) =>
      ['core_throttle_count', 'package_throttle_count'].map((file) => join(folder, name, 'thermal_throttle', file)),
    );
    const present = files.filter((file) => readNumber(file) !== undefined);
    if (present.length === 0) return { absent: 'the processor counts no throttling (only some of Intel do)' };
    return {
      sampler: {
        everyMs: slowEveryMs,
        read: () => ({ throttleEventsTotal: present.reduce((sum, file) => sum + (readNumber(file) ?? 0), 0) }),
      },
    };
  },
};
