/** The one command that installs a variant. */
export function installCommand(framework: string, variant: string): string {
  return `npx tsx scripts/frameworks.ts install ${framework} --variant ${variant}`;
}
