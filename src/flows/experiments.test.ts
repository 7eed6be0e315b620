import { describe, expect, it } from 'vitest';
import { armsOf, armsOfVersion, changed, variantsOf, variantVersion } from './experiments.ts';

const experiments = {
  greeting: {
    arms: { short: { share: 80, set: {} }, long: { share: 20, set: { 'nodes.hello.say': 'A long one.' } } },
  },
  voice: { arms: { a: { share: 1, set: {} }, b: { share: 1, set: { 'voice.id': 'other' } } } },
};
const callers = Array.from({ length: 4000 }, (_, i) => `+1555${String(i).padStart(7, '0')}`);

describe('arms', () => {
  it('are the same for the same caller, and shared out as the flow says', () => {
    const arms = callers.map((caller) => armsOf(experiments, caller, 'f'));
    expect(callers.map((caller) => armsOf(experiments, caller, 'f'))).toEqual(arms);
    const long = arms.filter(({ greeting }) => greeting === 'long').length / callers.length;
    expect(long).toBeGreaterThan(0.17);
    expect(long).toBeLessThan(0.23);
  });

  it('of two experiments are independent of each other', () => {
    const arms = callers.map((caller) => armsOf(experiments, caller, 'f'));
    const b = (of: typeof arms): number => of.filter(({ voice }) => voice === 'b').length / of.length;
    expect(Math.abs(b(arms.filter(({ greeting }) => greeting === 'long')) - b(arms))).toBeLessThan(0.06);
  });

  it('stay with their callers when a share grows, but for those it takes', () => {
    const grown = structuredClone(experiments);
    grown.greeting.arms.short.share = 70;
    grown.greeting.arms.long.share = 30;
    const moved = callers.filter(
      (caller) => armsOf(experiments, caller, 'f')['greeting'] !== armsOf(grown, caller, 'f')['greeting'],
    );
    expect(moved.length / callers.length).toBeLessThan(0.13);
  });

  it('stand in the version', () => {
    const version = variantVersion('abc123', { greeting: 'long', voice: 'a' });
    expect(version).toBe('abc123+greeting.long+voice.a');
    expect(armsOfVersion(version)).toEqual({ greeting: 'long', voice: 'a' });
    expect(armsOfVersion('abc123')).toEqual({});
  });
});

describe('variants', () => {
  it('are all combinations', () => {
    expect(variantsOf(experiments).map(({ arms }) => arms)).toEqual([
      { greeting: 'short', voice: 'a' },
      { greeting: 'short', voice: 'b' },
      { greeting: 'long', voice: 'a' },
      { greeting: 'long', voice: 'b' },
    ]);
    expect(variantsOf({})).toEqual([]);
  });

  it('change what they name and nothing else', () => {
    const data = { voice: { id: 'one' }, nodes: { hello: { type: 'say', say: 'Hi.', list: [1, 2] } } };
    const before = structuredClone(data);
    const both = variantsOf(experiments).at(-1);
    expect(changed(data, both?.changes ?? [])).toEqual({
      data: { voice: { id: 'other' }, nodes: { hello: { type: 'say', say: 'A long one.', list: [1, 2] } } },
    });
    expect(data).toEqual(before);
  });

  it.each(['nodes.helo.say', 'nodes.hello.list.2', 'nodes.hello.say.x', '__proto__.polluted'])(
    'cannot change what is not there: %s',
    (place) => {
      const change = { at: [], path: place.split('.'), value: 'x' };
      const data = { nodes: { hello: { say: 'Hi.', list: [1, 2] } } };
      expect(changed(data, [change])).toEqual({ lost: change });
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    },
  );
});
