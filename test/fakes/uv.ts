/** A stand-in for uv: makes an environment without pip and unpacks wheels into it, or fails with what it is told to print. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Its arguments and what it read from the environment are in `uv.calls` beside it.
 * @param complaint what `uv pip` prints before it fails; absent: it works
 * @returns the folder for the PATH
 */
export function fakeUv(place: string, complaint?: string): string {
  const folder = join(place, 'with-uv');
  mkdirSync(folder, { recursive: true });
  const pip = `
while [ $# -gt 0 ]; do
  case "$1" in --python) python="$2";; --find-links) links="$2";; esac
  shift
done
site=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
for wheel in "$links"/*.whl; do "$python" -m zipfile -e "$wheel" "$site"; done`;
  writeFileSync(
    join(folder, 'uv'),
    `#!/bin/sh
echo "$@ links=$UV_FIND_LINKS offline=$UV_OFFLINE" >> "$0.calls"
if [ "$1" = venv ]; then
  for last; do :; done
  exec python3 -m venv --without-pip "$last"
fi
${complaint === undefined ? pip : `echo '${complaint}' >&2; exit 2`}
`,
  );
  chmodSync(join(folder, 'uv'), 0o755);
  return folder;
}
