/**
 * Silero's network for 8 kHz, written down anew with the weights of the model that ships.
 *
 * The original asks at each run for the sample rate and for the shape of everything, in branches within branches, and
 * convolves each window by itself; both cost more than the arithmetic. Here it is a straight line of matrix products over
 * all windows of a run. A convolution over so few frames (4, then 2, then 1) is one matrix: as many products again are
 * with zero, and still it is less work than picking the windows apart.
 */
import { type FloatTensor, type OnnxNode, readTensors, writeModel } from './onnx.ts';

/** How the network sees 256 samples and the 32 before them: in frames so far apart, the end mirrored. */
export const FRAMES = 4;
export const FRAME_SAMPLES = 128;
export const FRAME_STEP = 64;
/** What it remembers, twice: hidden state and cells. */
export const STATE_CELLS = 128;
const BINS = FRAME_SAMPLES / 2 + 1;

/** The layers of convolution over time, of three frames each with one of zeros at either end. */
const LAYERS = [
  { channelsIn: BINS, channels: 128, framesIn: 4, stride: 1 },
  { channelsIn: 128, channels: 64, framesIn: 4, stride: 2 },
  { channelsIn: 64, channels: 64, framesIn: 2, stride: 2 },
  { channelsIn: 64, channels: 128, framesIn: 1, stride: 1 },
] as const;
const TAPS = 3;

/**
 * From Silero v5 as it ships to the network alone. Inputs: `frames` [windows, 4, 128], `hidden` and `cell`
 * [1, windows, 128]; outputs: `probability` [1, windows, 1], `nextHidden`, `nextCell`. Throws if it is another model.
 */
export function straightSilero(model: Uint8Array<ArrayBuffer>): Uint8Array {
  const weights = weightsAt8kHz(model);
  const state = [1, 'windows', STATE_CELLS];
  const layers = LAYERS.map((layer, index) => dense(layer, index, weights));
  return writeModel({
    inputs: [
      { name: 'frames', shape: ['windows', FRAMES, FRAME_SAMPLES] },
      { name: 'hidden', shape: state },
      { name: 'cell', shape: state },
    ],
    outputs: [
      { name: 'probability', shape: [1, 'windows', 1] },
      { name: 'nextHidden', shape: state },
      { name: 'nextCell', shape: state },
    ],
    weights: [
      basis(weights('stft.forward_basis_buffer', [2 * BINS, 1, FRAME_SAMPLES])),
      ...layers.flatMap(({ tensors }) => tensors),
      ...memory(weights),
      {
        ...weights('decoder.decoder.2.weight', [1, STATE_CELLS, 1]),
        name: 'answer',
        shape: [STATE_CELLS, 1],
      },
      { ...weights('decoder.decoder.2.bias', [1]), name: 'answerBias' },
    ],
    nodes: [...SPECTRUM, ...layers.flatMap(({ nodes }) => nodes), ...ANSWER],
  });
}

type Weights = (name: string, shape: readonly number[]) => FloatTensor;

/** Both sample rates have tensors of the same names, and the first of 8 kHz has a shape of its own. */
function weightsAt8kHz(model: Uint8Array<ArrayBuffer>): Weights {
  const found = [...readTensors(model)];
  const first = found.findIndex(
    ({ name, shape }) => name.endsWith('stft.forward_basis_buffer') && shape[0] === 2 * BINS,
  );
  const branch = found.slice(Math.max(first, 0));
  return (name, shape) => {
    const tensor = branch.find((each) => each.name.endsWith(name));
    if (tensor === undefined || String(tensor.shape) !== String(shape))
      throw new Error(`the model has no ${name} of ${shape.join(' × ')}: this is not Silero v5`);
    return tensor;
  };
}

/** Amplitudes: the root of the squares of cosine and sine parts. */
const SPECTRUM: readonly OnnxNode[] = [
  { op: 'MatMul', inputs: ['frames', 'basis'], outputs: ['parts'] },
  { op: 'Mul', inputs: ['parts', 'parts'], outputs: ['squares'] },
  { op: 'Split', inputs: ['squares'], outputs: ['real', 'imaginary'], attributes: { axis: 2 } },
  { op: 'Add', inputs: ['real', 'imaginary'], outputs: ['power'] },
  { op: 'Sqrt', inputs: ['power'], outputs: ['amplitudes'] },
  { op: 'Flatten', inputs: ['amplitudes'], outputs: ['layer0'] },
];

const ANSWER: readonly OnnxNode[] = [
  {
    op: 'LSTM',
    inputs: ['layer4', 'memoryIn', 'memoryAgain', 'memoryBias', '', 'hidden', 'cell'],
    outputs: ['', 'nextHidden', 'nextCell'],
    attributes: { hidden_size: STATE_CELLS },
  },
  { op: 'Relu', inputs: ['nextHidden'], outputs: ['answerIn'] },
  { op: 'MatMul', inputs: ['answerIn', 'answer'], outputs: ['answerSum'] },
  { op: 'Add', inputs: ['answerSum', 'answerBias'], outputs: ['answerOut'] },
  { op: 'Sigmoid', inputs: ['answerOut'], outputs: ['probability'] },
];

/** One row a sample, one column a part. */
function basis({ values }: FloatTensor): FloatTensor {
  const parts = 2 * BINS;
  const turned = values.map((_, at) => values[(at % parts) * FRAME_SAMPLES + Math.floor(at / parts)] ?? 0);
  return { name: 'basis', shape: [FRAME_SAMPLES, parts], values: turned };
}

/** A layer as one matrix from all channels of all frames to all channels of all frames, with a bias and no negatives. */
function dense(
  { channelsIn, channels, framesIn, stride }: (typeof LAYERS)[number],
  index: number,
  weights: Weights,
): { tensors: FloatTensor[]; nodes: OnnxNode[] } {
  const name = `encoder.${index}.reparam_conv`;
  const kernel = weights(`${name}.weight`, [channels, channelsIn, TAPS]).values;
  const bias = weights(`${name}.bias`, [channels]).values;
  const frames = framesIn / stride;
  const rows = framesIn * channelsIn;
  const columns = frames * channels;
  const matrix = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const tap = Math.floor(row / channelsIn) - Math.floor(column / channels) * stride + 1;
      if (tap < 0 || tap >= TAPS) continue;
      const weight = kernel[((column % channels) * channelsIn + (row % channelsIn)) * TAPS + tap];
      matrix[row * columns + column] = weight ?? 0;
    }
  }
  // The last layer's matrix has the dimension of time that the memory asks for.
  const shape = index === LAYERS.length - 1 ? [1, rows, columns] : [rows, columns];
  return {
    tensors: [
      { name: `matrix${index}`, shape, values: matrix },
      {
        name: `bias${index}`,
        shape: [columns],
        values: new Float32Array(columns).map((_, i) => bias[i % channels] ?? 0),
      },
    ],
    nodes: [
      { op: 'MatMul', inputs: [`layer${index}`, `matrix${index}`], outputs: [`product${index}`] },
      { op: 'Add', inputs: [`product${index}`, `bias${index}`], outputs: [`sum${index}`] },
      { op: 'Relu', inputs: [`sum${index}`], outputs: [`layer${index + 1}`] },
    ],
  };
}

/** PyTorch orders the gates input, forget, cell, output; ONNX input, output, forget, cell. */
function memory(weights: Weights): FloatTensor[] {
  const gates = 4 * STATE_CELLS;
  const turned = ({ values }: FloatTensor): Float32Array => {
    const gate = values.length / 4;
    return Float32Array.of(
      ...values.subarray(0, gate),
      ...values.subarray(3 * gate),
      ...values.subarray(gate, 3 * gate),
    );
  };
  const matrix = (name: string, source: string): FloatTensor => ({
    name,
    shape: [1, gates, STATE_CELLS],
    values: turned(weights(`decoder.rnn.${source}`, [gates, STATE_CELLS])),
  });
  const biases = ['bias_ih', 'bias_hh'].flatMap((source) => [
    ...turned(weights(`decoder.rnn.${source}`, [gates])),
  ]);
  return [
    matrix('memoryIn', 'weight_ih'),
    matrix('memoryAgain', 'weight_hh'),
    { name: 'memoryBias', shape: [1, 2 * gates], values: Float32Array.from(biases) },
  ];
}
