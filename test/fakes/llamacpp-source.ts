/** A node-llama-cpp with a source of three lines, and the programs that would compile it, as scripts on a PATH of their own. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const cmake = `#!/bin/sh
# What the configuration writes, what the compilation prints, and what of it goes wrong.
for word in "$@"; do
  if [ "$previous" = -B ] || [ "$previous" = --build ]; then build=$word; fi
  previous=$word
done
echo "$$" >> "$FAKE_STARTED"
if [ "$1" = -S ]; then
  mkdir -p "$build/CMakeFiles/3.25.1"
  echo "GGML_OPENMP_ENABLED:INTERNAL=\${FAKE_OPENMP:-ON}" > "$build/CMakeCache.txt"
  printf 'set(CMAKE_CXX_COMPILER_ID "GNU")\\nset(CMAKE_CXX_COMPILER_VERSION "12.2.0")\\n' > "$build/CMakeFiles/3.25.1/CMakeCXXCompiler.cmake"
  exit 0
fi
echo "[ 50%] Building CXX object one.o"
case "$FAKE_BUILD" in
  hangs) sleep 60 & echo "$!" >> "$FAKE_STARTED"; wait ;;
  fails) echo "one.cpp:7:1: error: expected unqualified-id" >&2; exit 2 ;;
esac
echo "[100%] Linking"
mkdir -p "$build/Release" "$build/bin"
for file in Release/llama-addon.node bin/llama-bench bin/llama-quantize; do cat "$build/../llama.cpp/greeting" > "$build/$file"; done
`;

export interface FakeSource {
  /** Folder of the package. */
  binding: string;
  /** Takes the place of Node where the addon is tried. */
  node: string;
  /** PATH with the programs. */
  path: string;
  /** Process ids of what was started, one a line. */
  startedPath: string;
}

/** @param programs that are on the PATH beside the shell's own */
export function fakeSource(programs: readonly string[] = ['git', 'cmake', 'c++', 'make']): FakeSource {
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-native-'));
  const binding = join(folder, 'node_modules', 'node-llama-cpp');
  const llama = join(binding, 'llama');
  const source = join(folder, 'source');
  for (const each of [join(llama, 'addon'), source]) mkdirSync(each, { recursive: true });
  for (const name of ['node-api-headers', 'node-addon-api']) mkdirSync(join(folder, 'node_modules', name));
  writeFileSync(join(binding, 'package.json'), JSON.stringify({ version: '3.0.0' }));
  writeFileSync(join(llama, 'binariesGithubRelease.json'), JSON.stringify({ release: 'b1' }));
  writeFileSync(join(llama, 'CMakeLists.txt'), '');
  writeFileSync(join(source, 'greeting'), 'from the source');
  const git = (...args: string[]) => execFileSync('git', args, { cwd: source, stdio: 'pipe' });
  git('init', '--quiet');
  git('add', '.');
  git('-c', 'user.name=nobody', '-c', 'user.email=nobody@example.org', 'commit', '--quiet', '-m', 'source');
  git('bundle', 'create', '--quiet', join(llama, 'gitRelease.bundle'), 'HEAD');
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['sh', 'mkdir', 'cat', 'sleep', 'echo', 'printf', ...(programs.includes('git') ? ['git'] : [])]) {
    symlinkSync(
      execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' })
        .trim()
        .replace(/^(?!\/)/, '/bin/'),
      join(bin, name),
    );
  }
  const script = (name: string, text: string) => {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  };
  for (const name of programs) if (name !== 'git') script(name, name === 'cmake' ? cmake : '#!/bin/sh\nexit 0\n');
  script('node-that-loads', '#!/bin/sh\ncase "$2" in *llama-addon.node*) exit 0 ;; esac\nexit 1\n');
  return {
    binding,
    node: join(bin, 'node-that-loads'),
    path: [bin].join(delimiter),
    startedPath: join(folder, 'started'),
  };
}
