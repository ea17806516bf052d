/** How a model that was just fetched or made is told. */
import { bytes, parameterCount, significant } from '../../command-line/format.ts';
import type { ResolvedModel } from '../../models/resolve.ts';

export function modelText({ path, record }: ResolvedModel): string {
  const { quantization } = record;
  return [
    `${record.name}: ${parameterCount(record.parameters)} parameters, ${quantization.got} (${quantization.weightClass}), ` +
      `${significant(record.effectiveBitsPerWeight)} bits per weight, ${bytes(record.fileBytes)}`,
    ...(quantization.note === undefined ? [] : [quantization.note]),
    `sha256 ${record.sha256}`,
    path,
  ].join('\n');
}
