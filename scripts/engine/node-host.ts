/** The engine process of frameworks that live in Node. Started by process-channels.ts, never by a person. */
import type { HostedFramework } from '../frameworks/framework.ts';
import { requestSchema } from '../frameworks/messages.ts';
import { clockSince } from './clock.ts';
import { createHost } from './host.ts';

const receive = createHost({
  send(message) {
    if (process.connected) process.send?.(message);
  },
  clockSince,
  importFramework,
  // Node has made kilobytes of what the system counts in.
  memory: () => ({ maxResidentBytes: process.resourceUsage().maxRSS * 1024 }),
});

// Ctrl-C and the end of a terminal reach the whole process group; the harness decides what they mean. Without a harness there
// is nothing to do.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (raw) => receive(requestSchema.parse(raw)));

/** Finds the framework among the exports of its module. */
async function importFramework(module: string, name: string): Promise<HostedFramework> {
  const exported: Record<string, unknown> = await import(module);
  const found = Object.values(exported).find((value) => isFramework(value, name));
  if (found === undefined) throw new Error(`${module} exports no framework "${name}"`);
  return found;
}

function isFramework(value: unknown, name: string): value is HostedFramework {
  return (
    typeof value === 'object' &&
    value !== null &&
    'probe' in value &&
    'load' in value &&
    'name' in value &&
    value.name === name
  );
}
