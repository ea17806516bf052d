/** `frameworks.ts lock NAME`: resolves the packages of an environment anew and writes its lock file. */
import { usageError } from '../command-line/errors.ts';
import { interruptSignal } from '../command-line/interrupt.ts';
import { program } from '../command-line/program.ts';
import { progress } from '../command-line/progress.ts';
import { print, printJson } from '../command-line/terminal.ts';
import { type Lock, writeLock } from '../frameworks/python-environment/lock.ts';
import { isPythonVariant } from '../frameworks/python-environment/variant.ts';
import { collected, packageSources } from './install-command.ts';
import { chosenVariant } from './variants.ts';

export function lockCommand() {
  return program('lock', 'Resolves the packages of a Python environment anew, and writes its lock file.', [
    ['npx tsx scripts/frameworks.ts lock openvino', 'after its version was changed in the source'],
  ])
    .argument('<framework>', 'its name, as `list` shows it')
    .option('--variant <name>', 'which one (default: the first that `list` shows)')
    .option('--offline', 'ask no package index: every package comes from --find-links', false)
    .option('--find-links <dir>', 'folder with Python packages; may be given several times', collected)
    .option('--python <path>', 'the Python whose pip resolves')
    .option('--json', 'print JSON', false)
    .action(async (name, options) => {
      const { framework, variant } = chosenVariant(name, options.variant);
      if (!isPythonVariant(variant)) {
        throw usageError(`${framework.name} ${variant.name} is not made of Python packages`, 'It has no lock file.');
      }
      const { offline, findLinks, python } = packageSources(options, variant);
      const signal = interruptSignal('Stopping; the lock file stays as it is.');
      const line = progress(`locking ${framework.name} ${variant.name}`);
      try {
        const lock = await writeLock(variant.environment, {
          ...{ offline, findLinks, python, signal },
          progress: (label, done, total) => {
            line.stage(label);
            line.update(done, total);
          },
        });
        line.end();
        if (options.json) printJson(lock);
        else print(lockedText(lock));
      } finally {
        line.end();
      }
    });
}

function lockedText({ path, packages, without }: Lock): string {
  return [
    ...packages.map(({ name, version, hashes }) => `${name} ${version}, ${hashes.length} files`),
    ...(without.length === 0 ? [] : [`Not available for: ${without.join(', ')}`]),
    path,
  ].join('\n');
}
