/** What the logs of those that are held against a reference say of it. */
import type { RunContext } from '../../run/run-plan.ts';

export function referenceIdentity({ header, plan }: Pick<RunContext, 'header' | 'plan'>) {
  const { quantization, sha256 } = plan.model.record;
  const { name, title, version } = header.framework;
  return {
    framework: name,
    title,
    version,
    quantize: quantization.got,
    weightClass: quantization.weightClass,
    modelSha256: sha256,
  };
}
