import { describe, expect, it, vi } from 'vitest';
import { EventQueue } from './event-queue.ts';

async function all<T>(queue: EventQueue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

describe('EventQueue', () => {
  it('delivers what was pushed before and while it is read, in order', async () => {
    const queue = new EventQueue<number>({ capacity: 10 });
    queue.push(1);
    queue.push(2);
    const read = all(queue);
    await Promise.resolve();
    queue.push(3);
    queue.end();
    expect(await read).toEqual([1, 2, 3]);
  });

  it('delivers undefined like any other item', async () => {
    const queue = new EventQueue<number | undefined>({ capacity: 10 });
    queue.push(undefined);
    queue.push(1);
    queue.end();
    expect(await all(queue)).toEqual([undefined, 1]);
  });

  it('refuses an item when full and takes the next one after a read', async () => {
    const queue = new EventQueue<string>({ capacity: 2 });
    const reader = queue[Symbol.asyncIterator]();
    expect([queue.push('a'), queue.push('b'), queue.push('c')]).toEqual([true, true, false]);
    await reader.next();
    expect(queue.push('d')).toBe(true);
    queue.end();
    expect([(await reader.next()).value, (await reader.next()).value]).toEqual(['b', 'd']);
  });

  it('throws an error after what was queued before it, once', async () => {
    const queue = new EventQueue<string>({ capacity: 2 });
    const reader = queue[Symbol.asyncIterator]();
    queue.push('a');
    queue.fail(new Error('gone'));
    expect(await reader.next()).toEqual({ value: 'a', done: false });
    await expect(reader.next()).rejects.toThrow('gone');
    expect(await reader.next()).toEqual({ value: undefined, done: true });
  });

  it('throws into a read that is already waiting', async () => {
    const queue = new EventQueue<string>({ capacity: 2 });
    const read = all(queue);
    queue.fail(new Error('gone'));
    await expect(read).rejects.toThrow('gone');
  });

  it('raises no unhandled rejection when it fails and nobody reads', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    new EventQueue<string>({ capacity: 1 }).fail(new Error('gone'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('ends silently and forgets what was queued when discarded, also after an error', async () => {
    const queue = new EventQueue<string>({ capacity: 2 });
    queue.push('a');
    queue.fail(new Error('gone'));
    queue.discard();
    expect(await all(queue)).toEqual([]);
  });

  it('drops what comes after its end and keeps the first way it ended', async () => {
    const queue = new EventQueue<string>({ capacity: 2 });
    queue.end();
    queue.fail(new Error('late'));
    expect(queue.push('late')).toBe(true);
    expect(await all(queue)).toEqual([]);
  });

  it('tells when the consumer leaves its loop early, and only then', async () => {
    const onAbandoned = vi.fn();
    const left = new EventQueue<number>({ capacity: 2, onAbandoned });
    left.push(1);
    for await (const _ of left) break;
    expect(onAbandoned).toHaveBeenCalledOnce();

    const read = new EventQueue<number>({ capacity: 2, onAbandoned });
    read.push(1);
    read.end();
    await all(read);
    expect(onAbandoned).toHaveBeenCalledOnce();
  });

  it('has one consumer, who awaits each item in turn', async () => {
    const queue = new EventQueue<number>({ capacity: 2 });
    const reader = queue[Symbol.asyncIterator]();
    expect(() => queue[Symbol.asyncIterator]()).toThrow(TypeError);
    const first = reader.next();
    await expect(reader.next()).rejects.toThrow(TypeError);
    queue.push(1);
    expect(await first).toEqual({ value: 1, done: false });
  });
});
