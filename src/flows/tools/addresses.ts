/**
 * Which IP addresses belong to the public internet. From the special-purpose registries of IANA (RFC 6890 and its
 * successors); of IPv6 only global unicast (2000::/3) is public at all.
 */
import { BlockList, isIP } from 'node:net';

/** Not public: "this" network, private, shared (CGNAT), loopback, link-local, documentation, benchmarks, multicast, reserved. */
const PRIVATE_V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['168.63.129.16', 32], // Azure's platform, on a public address
] as const;

/** Parts of 2000::/3 that are not public: Teredo and its neighbours, documentation, 6to4. */
const PRIVATE_V6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

/** Where clouds answer questions about a machine and hand out its credentials. */
const METADATA_V4 = [
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['168.63.129.16', 32],
] as const;
const METADATA_V6 = [
  ['fe80::', 10],
  ['fd00:ec2::254', 128],
] as const;

/** IPv6 that stands for an IPv4 address: mapped, and translated (NAT64). */
const EMBEDDING_V4 = ['::ffff:', '64:ff9b::'] as const;

const GLOBAL = listOf([], [['2000::', 3]]);
const STANDS_FOR_V4 = listOf([['0.0.0.0', 0]], []);
const PRIVATE = listOf(PRIVATE_V4, PRIVATE_V6);
const METADATA = listOf(METADATA_V4, METADATA_V6);

/**
 * `metadata`: link-local addresses and the services of clouds, which no name may lead to. `private`: everything else
 * that is not the public internet.
 */
export type AddressKind = 'public' | 'private' | 'metadata';

/** The kind of an IP address as resolvers and URLs write it; what is no address counts as private. */
export function addressKind(address: string): AddressKind {
  const plain = plainAddress(address);
  const version = isIP(plain);
  if (version === 0) return 'private';
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (METADATA.check(plain, family)) return 'metadata';
  if (PRIVATE.check(plain, family)) return 'private';
  return version === 4 || GLOBAL.check(plain, family) || STANDS_FOR_V4.check(plain, family)
    ? 'public'
    : 'private';
}

/** Without the brackets of URLs and the zone of link-local addresses. */
export function plainAddress(address: string): string {
  return address.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
}

/** True where two spellings are one address. */
export function isSameAddress(a: string, b: string): boolean {
  const [left, right] = [plainAddress(a), plainAddress(b)];
  const [leftVersion, rightVersion] = [isIP(left), isIP(right)];
  if (leftVersion === 0 || rightVersion === 0) return false;
  const list = new BlockList();
  list.addAddress(right, rightVersion === 4 ? 'ipv4' : 'ipv6');
  return list.check(left, leftVersion === 4 ? 'ipv4' : 'ipv6');
}

type Subnets = readonly (readonly [string, number])[];

/** Every IPv4 subnet is listed in its IPv6 spellings too. */
function listOf(v4: Subnets, v6: Subnets): BlockList {
  const list = new BlockList();
  for (const [network, bits] of v4) {
    list.addSubnet(network, bits, 'ipv4');
    for (const prefix of EMBEDDING_V4) list.addSubnet(`${prefix}${network}`, 96 + bits, 'ipv6');
  }
  for (const [network, bits] of v6) list.addSubnet(network, bits, 'ipv6');
  return list;
}
