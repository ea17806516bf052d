/** A workflow of GitHub Actions as data, and its steps run here as a runner would run them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const stepSchema = z.object({
  name: z.string(),
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
  with: z.record(z.string(), z.unknown()).default({}),
});
export type Step = z.infer<typeof stepSchema>;

const workflowSchema = z.object({
  permissions: z.record(z.string(), z.string()),
  env: z.record(z.string(), z.string()).default({}),
  jobs: z.record(
    z.string(),
    z.object({ if: z.string().optional(), permissions: z.record(z.string(), z.string()), steps: z.array(stepSchema) }),
  ),
});
export type Workflow = z.infer<typeof workflowSchema>;

export function readWorkflow(path: string): Workflow {
  return workflowSchema.parse(parse(readFileSync(path, 'utf8')));
}

export interface Ran {
  code: number;
  output: string;
  /** What the step left in $GITHUB_OUTPUT. */
  outputs: Record<string, string>;
  summary: string;
}

export interface Runner {
  folder: string;
  environment: Record<string, string>;
  /** Values of the expressions that stand in `env:`. */
  expressions: Record<string, string>;
}

/** Runs a step with bash as a runner does where no shell is named. */
export function runStep(step: Step, { folder, environment, expressions }: Runner): Promise<Ran> {
  const scratch = mkdtempSync(join(tmpdir(), 'tokenlap-step-'));
  const file = (name: string, content = '') => {
    writeFileSync(join(scratch, name), content);
    return join(scratch, name);
  };
  const [outputs, summary] = [file('output'), file('summary')];
  const ofStep = Object.entries(step.env).map(([name, value]) => [name, evaluated(value, expressions)]);
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ...environment,
    ...Object.fromEntries(ofStep),
    GITHUB_OUTPUT: outputs,
    GITHUB_STEP_SUMMARY: summary,
  };
  return new Promise((done) => {
    execFile('bash', ['-e', file('step.sh', step.run)], { cwd: folder, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      const lines = readFileSync(outputs, 'utf8').split('\n').filter(Boolean);
      done({
        code,
        output: stdout + stderr,
        outputs: Object.fromEntries(lines.map((line) => line.split('=', 2))),
        summary: readFileSync(summary, 'utf8'),
      });
    });
  });
}

/** An expression that a test does not know is a mistake of the test. */
function evaluated(text: string, expressions: Record<string, string>): string {
  return text.replaceAll(/\$\{\{ *(.*?) *\}\}/g, (_, expression: string) => {
    const value = expressions[expression];
    if (value === undefined) throw new RangeError(`no value for ${expression}`);
    return value;
  });
}
