import { expect, test } from 'vitest';
import { AudioTray } from './tray.ts';

type Piece = [id: number, atMs: number, audio: number[]];

/** What the other thread finds in the same memory. */
function read(tray: AudioTray): Piece[] {
  const pieces: Piece[] = [];
  new AudioTray(tray.memory).read(tray.count, (id, atMs, audio) => pieces.push([id, atMs, [...audio]]));
  return pieces;
}
const frame = (value: number): Uint8Array => new Uint8Array(160).fill(value);
const bytes = (...values: number[]): number[] => values.flatMap((value) => [...frame(value)]);

test('frames that follow each other are one piece; a hole, another stream or a step back begins a new one', () => {
  const tray = new AudioTray();
  tray.add(1, 0, frame(1));
  tray.add(1, 20.0001, frame(2));
  tray.add(1, 60, frame(3));
  tray.add(1, 40, frame(4));
  tray.add(2, 60, frame(5));
  expect(read(tray)).toEqual([
    [1, 0, bytes(1, 2)],
    [1, 60, bytes(3)],
    [1, 40, bytes(4)],
    [2, 60, bytes(5)],
  ]);
});

test('frames that are a little late do not add up to a piece that is wrong about its time', () => {
  const tray = new AudioTray();
  for (let index = 0; index < 10; index++) tray.add(1, index * 20.4, frame(index));
  const pieces = read(tray);
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.flatMap(([, , audio]) => audio)).toEqual(bytes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
});

test('cleared, it forgets what was last in it', () => {
  const tray = new AudioTray();
  tray.add(1, 0, frame(1));
  tray.clear();
  expect(tray.count).toBe(0);
  tray.add(1, 20, frame(2));
  expect(read(tray)).toEqual([[1, 20, bytes(2)]]);
});

test('what has no room is refused, and all before it is there', () => {
  const tray = new AudioTray();
  let added = 0;
  while (tray.add(added, 0, frame(added % 256))) added++;
  expect(added).toBeGreaterThan(1000);
  const pieces = read(tray);
  expect(pieces).toHaveLength(added);
  expect(pieces.at(-1)).toEqual([added - 1, 0, bytes((added - 1) % 256)]);

  const many = new AudioTray();
  for (added = 0; many.add(added, 0, new Uint8Array(1)); ) added++;
  expect(read(many)).toHaveLength(added);
});
