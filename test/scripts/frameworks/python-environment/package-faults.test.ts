/** What pip 23 and uv 0.13 print when something is wrong, as they printed it, and the line that a person reads. */
import { expect, test } from 'vitest';
import { faultOf } from '../../../../scripts/frameworks/python-environment/package-faults.ts';

const fault = faultOf({ framework: 'tiny', name: 'cpu' });

test.each([
  [
    'pip, another hash',
    ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package'],
    /its hash is another one/,
  ],
  [
    'uv, another hash',
    ['error: Failed to download `tinymath==2.1`', '  cause: Hash mismatch for `tinymath==2.1`'],
    /hash/,
  ],
  [
    'pip, a package that is not locked',
    ['ERROR: In --require-hashes mode, all requirements must have their versions pinned with ==. These do not:'],
    /packages that the lock file does not have/,
  ],
  [
    'pip, a package that is pinned and not locked',
    [
      'ERROR: Hashes are required in --require-hashes mode, but they are missing from some requirements. Here is a list',
    ],
    /packages that the lock file does not have/,
  ],
  [
    'uv, a package that is not locked',
    ['error: Hash-checking is required, but no trusted hash was provided for: `tinymath`'],
    /packages that the lock file does not have/,
  ],
  [
    'pip, no network',
    [
      "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('Failed to establish a new connection')'",
      'ERROR: Could not find a version that satisfies the requirement tinymath==2.1 (from versions: none)',
      'ERROR: No matching distribution found for tinymath==2.1',
    ],
    /the package index does not answer/,
  ],
  ['uv, no network', ['  cause: error sending request for url (http://127.0.0.1:1/simple/)'], /does not answer/],
  [
    'pip, no such package',
    ['ERROR: No matching distribution found for tinymath==2.1'],
    /not available .*\(No matching distribution found for tinymath==2\.1\)/,
  ],
  [
    'uv, no such package',
    [
      'error: No solution found when resolving dependencies',
      '  cause: Because tinymath was not found in the provided package locations and you require tinymath==2.1, we can',
    ],
    /not available .*\(Because tinymath was not found in the provided package locations/,
  ],
  [
    'a full disk, which also ends a download',
    [
      'WARNING: Connection broken',
      'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
    ],
    /the disk is full/,
  ],
])('%s', (_, lines, message) => {
  const found = fault(lines);
  expect(found?.message).toMatch(/^tiny cpu: /);
  expect(found?.message).toMatch(message);
  expect(found?.remedy).toMatch(/\.$/);
});

test('a disk without room is named where the output does not say it, and only then', () => {
  const lines = ["Error: Command 'ensurepip' returned non-zero exit status 1."];
  expect(fault(lines, 4096)?.message).toBe('tiny cpu: the disk is full');
  expect(fault(lines, 1e9)).toBeUndefined();
});

test('where the index has another build the environment says where to find it, and only then', () => {
  const elsewhere = 'The build is elsewhere.';
  const found = faultOf({ framework: 'tiny', name: 'cpu', elsewhere });
  const another = [
    'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES',
    'ERROR: In --require-hashes mode, all requirements must have their versions pinned with ==.',
    'ERROR: No matching distribution found for tinymath==2.1',
  ];
  for (const line of another) expect(found([line])?.remedy).toMatch(/ The build is elsewhere\.$/);
  expect(found(['ERROR: NewConnectionError'])?.remedy).not.toContain(elsewhere);
});
