/** Python packages of a few bytes, and an environment whose lock file names them: what a package index would bring. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PythonEnvironment } from '../../scripts/frameworks/python-environment/environment.ts';

/** A wheel is a zip archive: the module, what the package is called and needs, and a list of its files. */
const packing = `
import sys, zipfile
path, name, version, *needs = sys.argv[1:]
info = f"{name}-{version}.dist-info"
requires = "".join(f"Requires-Dist: {need}\\n" for need in needs)
files = {
    f"{name}/__init__.py": f"version = '{version}'\\n",
    f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n{requires}",
    f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}
files[f"{info}/RECORD"] = "".join(f"{each},,\\n" for each in [*files, f"{info}/RECORD"])
with zipfile.ZipFile(path, "w") as archive:
    for each, text in files.items():
        archive.writestr(zipfile.ZipInfo(each), text)
`;

export interface Wheel {
  name: string;
  version: string;
  path: string;
  /** SHA-256 in hexadecimal. */
  hash: string;
}

interface WheelMaking {
  /** Other packages, as in `Requires-Dist`. */
  needs?: readonly string[];
  /** Platform tag. */
  platform?: string;
}

export function wheel(
  folder: string,
  name: string,
  version: string,
  { needs = [], platform = 'any' }: WheelMaking = {},
): Wheel {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}-${version}-py3-none-${platform}.whl`);
  execFileSync('python3', ['-c', packing, path, name, version, ...needs]);
  return { name, version, path, hash: createHash('sha256').update(readFileSync(path)).digest('hex') };
}

/** A package as source, which brings what tells pip its name: nothing is fetched for it. */
const packingSource = `
import io, sys, tarfile
path, name, version = sys.argv[1:]
metadata = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
backend = f'''
import os
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = os.path.join(folder, "{name}-{version}.dist-info")
    os.mkdir(info)
    with open(os.path.join(info, "METADATA"), "w") as file:
        file.write({metadata!r})
    return os.path.basename(info)
'''
project = '[build-system]\\nrequires = []\\nbuild-backend = "backend"\\nbackend-path = ["."]\\n'
with tarfile.open(path, "w:gz") as archive:
    for each, text in {"PKG-INFO": metadata, "pyproject.toml": project, "backend.py": backend}.items():
        entry = tarfile.TarInfo(f"{name}-{version}/{each}")
        entry.size = len(text.encode())
        archive.addfile(entry, io.BytesIO(text.encode()))
`;

export function sourcePackage(folder: string, name: string, version: string): void {
  mkdirSync(folder, { recursive: true });
  execFileSync('python3', ['-c', packingSource, join(folder, `${name}-${version}.tar.gz`), name, version]);
}

export interface TinyPackages {
  /** For --find-links. */
  folder: string;
  lockPath: string;
  /** `tinyengine`, which needs `tinymath`. */
  wheels: Wheel[];
}

/**
 * Two packages, and the lock file that names them.
 * @param version of the first
 * @param needs what the first one needs beside the second
 */
export function tinyPackages(place: string, version = '1.0', needs: readonly string[] = []): TinyPackages {
  const folder = join(place, `wheels-${version}`);
  const wheels = [
    wheel(folder, 'tinyengine', version, { needs: ['tinymath', ...needs] }),
    wheel(folder, 'tinymath', '2.1'),
  ];
  const lockPath = join(place, `lock-${version}.txt`);
  writeFileSync(lockPath, lockOf(wheels));
  return { folder, lockPath, wheels };
}

export function lockOf(wheels: readonly Pick<Wheel, 'name' | 'version' | 'hash'>[]): string {
  return wheels.map(({ name, version, hash }) => `${name}==${version} \\\n    --hash=sha256:${hash}\n`).join('');
}

export const tinyEnvironment: PythonEnvironment = {
  name: 'cpu',
  framework: 'tiny',
  title: 'two packages of a few bytes',
  gain: 'It is small.',
  needs: ['tinyengine', 'tinymath'],
  requirements: ['tinyengine==1.0'],
  costs: { downloadBytes: 2e3, installedBytes: 20e6, workingBytes: 30e6, minutes: 1 },
};
