/**
 * As much of the ONNX format (protocol buffers, onnx/onnx.proto) as it takes to read tensors out of a model and to write
 * a small model of one's own. Field numbers are those of that file.
 */

type Bytes = Uint8Array<ArrayBuffer>;

/** A tensor of 32-bit floats, row by row. */
export interface FloatTensor {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

/** One operation of a graph; inputs and outputs are known by name. */
export interface OnnxNode {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** Of whole numbers, which are all that is needed. */
  attributes?: Readonly<Record<string, number>>;
}

/** What comes into or out of a graph: 32-bit floats. A dimension with a name may be of any length. */
interface OnnxPort {
  name: string;
  shape: readonly (number | string)[];
}

interface OnnxGraph {
  inputs: readonly OnnxPort[];
  outputs: readonly OnnxPort[];
  weights: readonly FloatTensor[];
  nodes: readonly OnnxNode[];
}

const FLOAT = 1;
const ATTRIBUTE_IS_INTEGER = 2;
const IR_VERSION = 8;
const OPSET = 17;

const ascii = new TextEncoder();

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

/** A field: a number, or bytes after their length. */
function field(id: number, value: number | string | Bytes): Bytes {
  if (typeof value === 'number') return Uint8Array.from([...varint(id * 8), ...varint(value)]);
  const bytes = typeof value === 'string' ? ascii.encode(value) : value;
  return join([Uint8Array.from([...varint(id * 8 + 2), ...varint(bytes.length)]), bytes]);
}

function join(parts: readonly Bytes[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}

/** The model as bytes, for a session to load. */
export function writeModel({ inputs, outputs, weights, nodes }: OnnxGraph): Uint8Array {
  const graph = join([
    ...nodes.map((node) => field(1, writeNode(node))),
    field(2, 'graph'),
    ...weights.map((tensor) => field(5, writeTensor(tensor))),
    ...inputs.map((port) => field(11, writePort(port))),
    ...outputs.map((port) => field(12, writePort(port))),
  ]);
  return join([field(1, IR_VERSION), field(8, field(2, OPSET)), field(7, graph)]);
}

function writeNode({ op, inputs, outputs, attributes = {} }: OnnxNode): Bytes {
  return join([
    ...inputs.map((name) => field(1, name)),
    ...outputs.map((name) => field(2, name)),
    field(4, op),
    ...Object.entries(attributes).map(([name, value]) =>
      field(5, join([field(1, name), field(3, value), field(20, ATTRIBUTE_IS_INTEGER)])),
    ),
  ]);
}

function writeTensor({ name, shape, values }: FloatTensor): Bytes {
  const raw = Uint8Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return join([...shape.map((length) => field(1, length)), field(2, FLOAT), field(8, name), field(9, raw)]);
}

function writePort({ name, shape }: OnnxPort): Bytes {
  const lengths = shape.map((length) => field(1, field(typeof length === 'number' ? 1 : 2, length)));
  const tensor = join([field(1, FLOAT), field(2, join(lengths))]);
  return join([field(1, name), field(2, field(1, tensor))]);
}

type Field = [id: number, value: number | Bytes];

/** The fields of a message; of 32- or 64-bit fields there are none in what is read here. */
function* fields(message: Bytes): Generator<Field> {
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = readVarint();
    const id = Math.floor(key / 8);
    const kind = key % 8;
    if (kind === 0) yield [id, readVarint()];
    else if (kind === 2) {
      const length = readVarint();
      yield [id, message.subarray(at, at + length)];
      at += length;
    } else at += kind === 1 ? 8 : 4;
  }
}

/** The tensors of floats in a model that are constants of some graph or of a branch in it. */
export function* readTensors(model: Bytes): Generator<FloatTensor> {
  for (const [id, value] of fields(model)) if (id === 7) yield* tensorsOfGraph(value);
}

function* tensorsOfGraph(graph: number | Bytes): Generator<FloatTensor> {
  if (typeof graph === 'number') return;
  for (const [id, node] of fields(graph)) {
    if (id !== 1 || typeof node === 'number') continue;
    for (const [part, attribute] of fields(node)) {
      if (part !== 5 || typeof attribute === 'number') continue;
      for (const [kind, value] of fields(attribute)) {
        if (kind === 6) yield* tensorsOfGraph(value);
        if (kind === 5 && typeof value !== 'number') yield* readTensor(value);
      }
    }
  }
}

function* readTensor(tensor: Bytes): Generator<FloatTensor> {
  let name = '';
  let type = 0;
  let raw: Bytes | undefined;
  const shape: number[] = [];
  for (const [id, value] of fields(tensor)) {
    if (id === 1 && typeof value === 'number') shape.push(value);
    if (id === 2 && typeof value === 'number') type = value;
    if (id === 8 && typeof value !== 'number') name = new TextDecoder().decode(value);
    if (id === 9 && typeof value !== 'number') raw = value;
  }
  if (type === FLOAT && raw !== undefined)
    yield { name, shape, values: new Float32Array(raw.slice().buffer) };
}
