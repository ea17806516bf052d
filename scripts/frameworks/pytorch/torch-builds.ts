/** The builds of torch that a lock file exists for, each a variant of every framework that computes with it. */
import { installLine } from '../../command-line/shell-line.ts';
import { type PythonVariant, pythonVariant } from '../python-environment/variant.ts';

/** An unpinned torch, also as a package that another one asks for, is a build for CUDA of several gigabytes. */
export const torchRequirement = 'torch==2.13.0';

type Described = Parameters<typeof pythonVariant>[0];

/** What CUDA's libraries add, in bytes: of pytorch-cu130.txt, compared with pytorch-cpu.txt on Linux x64. */
const cudaCosts = { download: 2540e6, disk: 4026e6, minutes: 2 };

/** @param described the environment with the build for CPUs; `what` is its title without the build */
export function torchVariants({
  what,
  ...described
}: Omit<Described, 'name' | 'title' | 'elsewhere'> & { what: string }): PythonVariant[] {
  const { framework, costs } = described;
  return [
    pythonVariant({
      ...described,
      name: 'cpu',
      title: `${what}, for CPUs, and on a Mac for Metal`,
      elsewhere: `PyTorch's build for CPUs is on its own index: name that with PIP_EXTRA_INDEX_URL. The package index of Python has the build for CUDA, which computes on CPUs too: ${installLine(framework, 'cu130')}.`,
    }),
    pythonVariant({
      ...described,
      name: 'cu130',
      title: `${what}, for NVIDIA GPUs, with CUDA 13.0`,
      costs: {
        downloadBytes: costs.downloadBytes + cudaCosts.download,
        installedBytes: costs.installedBytes + cudaCosts.disk,
        workingBytes: costs.workingBytes + cudaCosts.download + cudaCosts.disk,
        minutes: costs.minutes + cudaCosts.minutes,
      },
    }),
  ];
}
