/** Encodes the messages of an ONNX file (onnx/onnx.proto) that a decoder needs. */
import { bytesField, floatField, integerField, message, textField } from '../../../models/protobuf.ts';

/** TensorProto.DataType, and the size of an element in bytes. */
export const elementTypes = {
  float32: { id: 1, bytes: 4 },
  uint8: { id: 2, bytes: 1 },
  int8: { id: 3, bytes: 1 },
  int32: { id: 6, bytes: 4 },
  int64: { id: 7, bytes: 8 },
  float16: { id: 10, bytes: 2 },
  bfloat16: { id: 16, bytes: 2 },
} as const;
export type ElementType = keyof typeof elementTypes;

export interface TensorType {
  type: ElementType;
  /** Outermost dimension first; a name stands for a size that is only known at run time. */
  shape: ReadonlyArray<number | string>;
}

/** A constant of the graph: small ones are in the file of the graph, large ones in the weight file. */
export interface Initializer {
  name: string;
  type: ElementType;
  shape: readonly number[];
  content: { bytes: Uint8Array } | { file: string; offset: number; length: number };
}

export type Attribute = { integer: number } | { integers: readonly number[] } | { float: number };

export interface GraphNode {
  operator: string;
  /** Empty for ONNX's own operators. */
  domain: string;
  name: string;
  /** An empty name is an omitted input. */
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: Readonly<Record<string, Attribute>>;
}

export interface Graph {
  name: string;
  inputs: ReadonlyMap<string, TensorType>;
  outputs: ReadonlyMap<string, TensorType>;
  initializers: readonly Initializer[];
  nodes: readonly GraphNode[];
}

export interface OnnxFile {
  graph: Graph;
  /** Version of the operators of each domain. */
  operatorSets: ReadonlyMap<string, number>;
  /** Metadata about the origin of the file. */
  properties: ReadonlyMap<string, string>;
}

/** The version of ONNX 1.16, with which ONNX Runtime reads bfloat16 and all other features used here. */
const intermediateRepresentation = 10;

export function onnxBytes(file: OnnxFile): Uint8Array {
  return message(
    integerField(1, intermediateRepresentation),
    textField(2, 'tokenlap'),
    bytesField(7, graphBytes(file.graph)),
    ...Array.from(file.operatorSets, ([domain, version]) =>
      bytesField(8, message(textField(1, domain), integerField(2, version))),
    ),
    ...entries(14, file.properties),
  );
}

function graphBytes({ name, inputs, outputs, initializers, nodes }: Graph): Uint8Array {
  return message(
    ...nodes.map((node) => bytesField(1, nodeBytes(node))),
    textField(2, name),
    ...initializers.map((initializer) => bytesField(5, initializerBytes(initializer))),
    ...Array.from(inputs, (value) => bytesField(11, valueBytes(...value))),
    ...Array.from(outputs, (value) => bytesField(12, valueBytes(...value))),
  );
}

function nodeBytes({ operator, domain, name, inputs, outputs, attributes }: GraphNode): Uint8Array {
  return message(
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(3, name),
    textField(4, operator),
    ...Object.entries(attributes).map(([key, value]) => bytesField(5, attributeBytes(key, value))),
    textField(7, domain),
  );
}

/** AttributeProto.AttributeType */
const attributeTypes = { float: 1, integer: 2, integers: 7 };

function attributeBytes(name: string, attribute: Attribute): Uint8Array {
  if ('float' in attribute) {
    return message(textField(1, name), floatField(2, attribute.float), integerField(20, attributeTypes.float));
  }
  if ('integer' in attribute) {
    return message(textField(1, name), integerField(3, attribute.integer), integerField(20, attributeTypes.integer));
  }
  const items = attribute.integers.map((value) => integerField(8, value));
  return message(textField(1, name), ...items, integerField(20, attributeTypes.integers));
}

const externalLocation = 1;

function initializerBytes({ name, type, shape, content }: Initializer): Uint8Array {
  const about = [
    ...shape.map((size) => integerField(1, size)),
    integerField(2, elementTypes[type].id),
    textField(8, name),
  ];
  if ('bytes' in content) return message(...about, bytesField(9, content.bytes));
  const place = new Map([
    ['location', content.file],
    ['offset', String(content.offset)],
    ['length', String(content.length)],
  ]);
  return message(...about, ...entries(13, place), integerField(14, externalLocation));
}

function valueBytes(name: string, { type, shape }: TensorType): Uint8Array {
  const dimensions = shape.map((size) =>
    bytesField(1, typeof size === 'number' ? integerField(1, size) : textField(2, size)),
  );
  const tensor = message(integerField(1, elementTypes[type].id), bytesField(2, message(...dimensions)));
  return message(textField(1, name), bytesField(2, message(bytesField(1, tensor))));
}

/** StringStringEntryProto */
function entries(number: number, pairs: ReadonlyMap<string, string>): Uint8Array[] {
  return Array.from(pairs, ([key, value]) => bytesField(number, message(textField(1, key), textField(2, value))));
}
