/**
 * Where the requests of a flow's tools may go. Allowed are the hosts that its own URLs name, the hosts of URLs in its
 * declared secrets, and what it lists under `allow_hosts`; of these, only hosts the operator gave in a secret, those
 * under `allow_private` and addresses that stand in a URL of the flow as they are may be other than public.
 */
import { isIP } from 'node:net';
import type { FlowFile } from '../schema.ts';
import { Templates } from '../templates.ts';
import { addressKind, isSameAddress, plainAddress } from './addresses.ts';
import type { Secrets } from './secrets.ts';

/** `web`: 80 and 443. */
type Port = number | 'web' | 'any';

interface AllowedHost {
  /** In small letters, without brackets; `*.` in front stands for any name below. */
  name: string;
  port: Port;
  mayBePrivate: boolean;
}

export class OutgoingRules {
  readonly #hosts: readonly AllowedHost[];

  constructor(hosts: readonly AllowedHost[]) {
    this.#hosts = hosts;
  }

  /** Whether a URL leads to a host the flow allows. Its address is another question. */
  allows(url: URL): boolean {
    const name = hostName(url.hostname);
    const port = url.port === '' ? undefined : Number(url.port);
    return this.#hosts.some((host) => matchesName(host.name, name) && matchesPort(host.port, port));
  }

  /**
   * Whether a connection to this host may go to this address. A name never leads to a link-local address or a cloud's
   * metadata service: whoever wants that has to write the address itself.
   */
  allowsAddress(hostname: string, address: string): boolean {
    const kind = addressKind(address);
    if (kind === 'public') return true;
    const name = hostName(hostname);
    const isWritten = isIP(name) !== 0;
    return this.#hosts.some((host) => {
      if (!host.mayBePrivate) return false;
      if (matchesName(host.name, name)) return kind === 'private' || isWritten;
      // An address of allow_private is allowed by whichever name it is reached.
      return host.port === 'any' && isSameAddress(host.name, address);
    });
  }
}

export function outgoingRules(file: FlowFile, secrets: Secrets): OutgoingRules {
  const templates = new Templates({ language: 'en', timeZone: 'UTC' }, secrets.escapeForUrl);
  return new OutgoingRules([
    ...urlTemplates(file).flatMap((template) => hostsOfTemplate(template, templates, secrets)),
    ...Object.values(secrets.values).flatMap((value) => hostsOf(value, true)),
    ...file.allow_hosts.map((host) => ({ ...withPort(host), mayBePrivate: false })),
    ...file.allow_private.map((host) => ({ name: hostName(host), port: 'any' as const, mayBePrivate: true })),
  ]);
}

function urlTemplates(file: FlowFile): string[] {
  return [
    ...Object.values(file.tools).flatMap(({ http }) => http?.url ?? []),
    ...Object.values(file.mcp_servers).flatMap(({ url }) => url ?? []),
  ];
}

/** A host that is not there without the secrets came from them. Inputs are left empty: they never make a host. */
function hostsOfTemplate(template: string, templates: Templates, secrets: Secrets): AllowedHost[] {
  const hostIn = (env: object): AllowedHost[] =>
    hostsOf(templates.render(template, { input: {}, env }).text.trim(), false);
  const literal = [
    ...hostIn({}),
    ...[...template.matchAll(/https?:\/\/[^/\\\s?#{}"'<>|]+(?=[/\\\s?#"']|$)/gi)].flatMap(([url]) =>
      hostsOf(url, false),
    ),
  ].map((host) => ({ ...host, mayBePrivate: isWrittenAddress(host.name) }));
  const whole = hostIn(secrets.verbatim);
  return [
    ...literal,
    ...whole.map((host) => ({
      ...host,
      mayBePrivate: !literal.some(({ name }) => name === host.name),
    })),
  ];
}

/** Whoever writes an address means it; a name may come to stand for another one. */
function isWrittenAddress(name: string): boolean {
  return name === 'localhost' || isIP(name) !== 0;
}

function hostsOf(url: string, mayBePrivate: boolean): AllowedHost[] {
  if (!/^https?:\/\/[^/\\]/i.test(url) || !URL.canParse(url)) return [];
  const { hostname, port } = new URL(url);
  return [{ name: hostName(hostname), port: port === '' ? 'web' : Number(port), mayBePrivate }];
}

function withPort(written: string): { name: string; port: Port } {
  const [, name = written, port] = /^(.*?)(?::(\d+))?$/.exec(written) ?? [];
  return { name: hostName(name), port: port === undefined ? 'any' : Number(port) };
}

function hostName(hostname: string): string {
  return plainAddress(hostname.toLowerCase()).replace(/\.$/, '');
}

function matchesName(pattern: string, name: string): boolean {
  if (pattern.startsWith('*.')) return name.endsWith(pattern.slice(1)) && isIP(name) === 0;
  return pattern === name || isSameAddress(pattern, name);
}

function matchesPort(allowed: Port, port: number | undefined): boolean {
  if (allowed === 'any') return true;
  if (allowed === 'web') return port === undefined || port === 80 || port === 443;
  return allowed === port;
}
