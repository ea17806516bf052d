#!/usr/bin/env node
/**
 * `npx tokenlap COMMAND`: one name for every script, which all keep their own. Results go to the current folder.
 *
 *   npx tokenlap
 *   npx tokenlap benchmark --size tiny
 */
import { register } from 'tsx/esm/api';

register();
const { run } = await import('./command-line/program.ts');
const { tokenlap } = await import('./tokenlap/dispatch.ts');

await run(() => tokenlap(process.argv.slice(2)));
