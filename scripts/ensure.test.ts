import { expect, it } from 'vitest';
import { isInstalled } from './ensure.mjs';

const locked = {
  packages: {
    '': { version: '0.1.0' },
    'node_modules/express': { version: '5.3.0' },
    'node_modules/fsevents': { version: '2.3.3', optional: true },
    'node_modules/vitest': { version: '4.1.12', dev: true },
  },
};
const { '': _, ...all } = locked.packages;
const { 'node_modules/fsevents': __, ...forThisSystem } = all;
const { 'node_modules/vitest': ___, ...forProduction } = forThisSystem;

it.each([
  ['everything is there', all, true],
  ['what another system needs is not', forThisSystem, true],
  ['what only developers need is not', forProduction, true],
  ['nothing is there', undefined, false],
  ['a package is missing', { 'node_modules/vitest': { version: '4.1.12', dev: true } }, false],
  [
    'some of what developers need is missing',
    { ...forProduction, 'node_modules/knip': { dev: true } },
    false,
  ],
  ['a package has another version', { ...all, 'node_modules/express': { version: '5.2.0' } }, false],
])('where %s: %j', (_case, packages, expected) => {
  expect(isInstalled(locked, packages === undefined ? undefined : { packages })).toBe(expected);
});
