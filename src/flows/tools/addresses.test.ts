import { expect, test } from 'vitest';
import { addressKind, isSameAddress } from './addresses.ts';

test.each([
  ['8.8.8.8', 'public'],
  ['1.1.1.1', 'public'],
  ['172.15.255.255', 'public'],
  ['172.32.0.1', 'public'],
  ['100.63.255.255', 'public'],
  ['2606:4700:4700::1111', 'public'],
  ['2a00:1450:4001:81b::200e', 'public'],
  ['::ffff:8.8.8.8', 'public'],
  ['64:ff9b::808:808', 'public'],
  ['0.0.0.0', 'private'],
  ['10.1.2.3', 'private'],
  ['100.64.0.1', 'private'],
  ['127.0.0.1', 'private'],
  ['127.255.255.254', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['198.19.0.1', 'private'],
  ['224.0.0.1', 'private'],
  ['255.255.255.255', 'private'],
  ['::', 'private'],
  ['::1', 'private'],
  ['::7f00:1', 'private'],
  ['[::1]', 'private'],
  ['::ffff:127.0.0.1', 'private'],
  ['::ffff:7f00:1', 'private'],
  ['::ffff:0:127.0.0.1', 'private'],
  ['64:ff9b::10.0.0.1', 'private'],
  ['64:ff9b:1::a00:1', 'private'],
  ['2002:7f00:1::', 'private'],
  ['2001:0:0:0::1', 'private'],
  ['2001:db8::1', 'private'],
  ['fc00::1', 'private'],
  ['fd12:3456::1', 'private'],
  ['ff02::1', 'private'],
  ['5f00::1', 'private'],
  ['169.254.169.254', 'metadata'],
  ['169.254.0.1', 'metadata'],
  ['100.100.100.200', 'metadata'],
  ['168.63.129.16', 'metadata'],
  ['192.0.0.192', 'metadata'],
  ['::ffff:169.254.169.254', 'metadata'],
  ['::ffff:a9fe:a9fe', 'metadata'],
  ['64:ff9b::a9fe:a9fe', 'metadata'],
  ['fe80::1', 'metadata'],
  ['fe80::1%eth0', 'metadata'],
  ['fd00:ec2::254', 'metadata'],
  ['localhost', 'private'],
  ['', 'private'],
])('%s is %s', (address, kind) => {
  expect(addressKind(address)).toBe(kind);
});

test('spellings of one address', () => {
  expect(isSameAddress('10.0.0.5', '10.0.0.5')).toBe(true);
  expect(isSameAddress('::ffff:10.0.0.5', '10.0.0.5')).toBe(true);
  expect(isSameAddress('[fd00:0::5]', 'fd00::5')).toBe(true);
  expect(isSameAddress('10.0.0.5', '10.0.0.6')).toBe(false);
  expect(isSameAddress('localhost', '127.0.0.1')).toBe(false);
});
