/** A machine made of files in a temporary folder, and tools that are shell scripts there. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MonitorHost } from '../../scripts/machine/monitor/monitor-source.ts';
import { outputFolder } from './output-folder.ts';

export interface SimulatedMachine {
  host: MonitorHost;
  /** A file by its path on that machine, such as `proc/stat`. */
  file(path: string, text: string): void;
  /** A program of the vendor's, as the body of a shell script. */
  tool(name: string, script: string): void;
  /** Its clock, in seconds. */
  setSeconds(seconds: number): void;
}

export function simulatedMachine(change: Partial<MonitorHost> = {}): SimulatedMachine {
  const root = outputFolder();
  const tools = join(root, 'tools');
  mkdirSync(tools);
  let seconds = 0;
  return {
    host: {
      platform: 'linux',
      root,
      searchPath: tools,
      isRoot: false,
      pid: 100,
      now: () => seconds * 1e9,
      ...change,
    },
    file(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    tool(name, script) {
      writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(tools, name), 0o755);
    },
    setSeconds(to) {
      seconds = to;
    },
  };
}
