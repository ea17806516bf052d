/** Peak arithmetic rates of a provider: products of matrices as large as those of a model, in F32 and in 8-bit integers. */
import { haveAgreed } from '../../statistics/agreeing-samples.ts';
import type { DeviceCeiling } from '../framework.ts';
import { GraphBuilder, operatorSets } from './graph/graph-builder.ts';
import { type ElementType, onnxBytes } from './graph/onnx-file.ts';
import { providerFor, providerOptions } from './providers.ts';
import { InferenceSession, Tensor } from './runtime.ts';

const rows = 512;
const inner = 2048;
const columns = 2048;
const operationsPerProduct = 2 * rows * inner * columns;
const budgetMs = 500;
/** Of the time: clocks rise at first. */
const leastShare = 0.25;
const fewestSamples = 4;

interface Product {
  quantity: 'f32_arithmetic' | 'int8_arithmetic';
  operator: 'MatMul' | 'MatMulInteger';
  left: { type: ElementType; values: Float32Array | Uint8Array };
  right: { type: ElementType; values: Float32Array | Int8Array };
  sum: ElementType;
}

const products: readonly Product[] = [
  {
    quantity: 'f32_arithmetic',
    operator: 'MatMul',
    left: { type: 'float32', values: new Float32Array(rows * inner).fill(0.5) },
    right: { type: 'float32', values: new Float32Array(inner * columns).fill(0.25) },
    sum: 'float32',
  },
  {
    quantity: 'int8_arithmetic',
    operator: 'MatMulInteger',
    left: { type: 'uint8', values: new Uint8Array(rows * inner).fill(3) },
    right: { type: 'int8', values: new Int8Array(inner * columns).fill(5) },
    sum: 'int32',
  },
];

/** Omits products that the provider does not support. @throws UserError when the provider is not available */
export async function matrixCeilings(device: string, threads: number): Promise<DeviceCeiling[]> {
  const { executionProviders, extra } = providerOptions(await providerFor(device));
  const ceilings: DeviceCeiling[] = [];
  for (const product of products) {
    const session = await InferenceSession.create(graphOf(product), {
      executionProviders,
      intraOpNumThreads: threads,
      extra,
    }).catch(() => null);
    if (session === null) continue;
    const { operator, quantity } = product;
    const rates = await ratesOf(session, product);
    await session.release();
    ceilings.push({ quantity, rates, method: `ONNX Runtime, ${operator} of ${rows} x ${inner} x ${columns}` });
  }
  return ceilings;
}

/** A graph of one product; its right matrix is a constant, as weights are, so that it is packed before the run. */
function graphOf({ operator, left, right, sum }: Product): Uint8Array {
  const graph = new GraphBuilder();
  graph.input('left', left.type, [rows, inner]);
  graph.constant('right', right.type, [inner, columns], right.values);
  graph.output(graph.onnx(operator, 'product', ['left', 'right']), sum, [rows, columns]);
  return onnxBytes({ graph: graph.build('product'), operatorSets, properties: new Map() });
}

async function ratesOf(session: InferenceSession, { left }: Product): Promise<number[]> {
  const tensor =
    left.values instanceof Float32Array
      ? new Tensor('float32', left.values, [rows, inner])
      : new Tensor('uint8', left.values, [rows, inner]);
  const multiply = () => session.run({ left: tensor });
  await multiply();
  const rates: number[] = [];
  const startMs = performance.now();
  const share = () => (performance.now() - startMs) / budgetMs;
  const isEnough = () => share() > 1 || (share() > leastShare && haveAgreed(rates));
  while (rates.length < fewestSamples || !isEnough()) {
    const start = process.hrtime.bigint();
    await multiply();
    rates.push((operationsPerProduct / Number(process.hrtime.bigint() - start)) * 1e9);
  }
  return rates;
}
