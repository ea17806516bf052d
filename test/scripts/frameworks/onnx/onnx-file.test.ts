import { expect, test } from 'vitest';
import { float, GraphBuilder, integer, integers } from '../../../../scripts/frameworks/onnx/graph/graph-builder.ts';
import { onnxBytes } from '../../../../scripts/frameworks/onnx/graph/onnx-file.ts';
import { InferenceSession, Tensor } from '../../../../scripts/frameworks/onnx/runtime.ts';
import { bytesField, floatField, integerField, textField } from '../../../../scripts/models/protobuf.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

// The first two are the examples of protobuf.dev, "Encoding".
test.each([
  { name: 'an integer', field: integerField(1, 150), expected: '089601' },
  { name: 'text', field: textField(2, 'testing'), expected: '120774657374696e67' },
  { name: 'a negative integer', field: integerField(1, -2), expected: '08feffffffffffffffff01' },
  { name: 'zero', field: integerField(1, 0), expected: '0800' },
  { name: 'a float', field: floatField(2, 1), expected: '150000803f' },
  { name: 'a field with a number of two bytes', field: integerField(20, 7), expected: 'a00107' },
  { name: 'bytes', field: bytesField(9, Uint8Array.of(1, 2)), expected: '4a020102' },
])('$name is encoded as Protocol Buffers do', ({ field, expected }) => {
  expect(hex(field)).toBe(expected);
});

test('ONNX Runtime reads a graph: inputs, constants, attributes of each kind, several outputs, both sets of operators', async () => {
  const graph = new GraphBuilder();
  graph.input('x', 'float32', [2, 'n']);
  const two = graph.constant('two', 'float32', [1], Float32Array.of(2));
  const turned = graph.onnx('Transpose', 'turned', ['x'], { perm: integers(1, 0) });
  graph.onnx('Split', ['first', 'second'], [turned], { axis: integer(1), num_outputs: integer(2) });
  const scaled = graph.onnx('Mul', 'scaled', ['first', two]);
  const gated = graph.contrib('QuickGelu', 'gated', ['second'], { alpha: float(0) });
  graph.output(scaled, 'float32', ['n', 1]);
  graph.output(gated, 'float32', ['n', 1]);
  const bytes = onnxBytes({
    graph: graph.build('test'),
    operatorSets: new Map([
      ['', 21],
      ['com.microsoft', 1],
    ]),
    properties: new Map([['source', 'a test']]),
  });
  const session = await InferenceSession.create(bytes);
  const x = new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  const results = await session.run({ x });
  expect(results.scaled?.data).toEqual(Float32Array.of(2, 4, 6));
  // x · sigmoid(0 · x)
  expect(results.gated?.data).toEqual(Float32Array.of(2, 2.5, 3));
  await session.release();
});
