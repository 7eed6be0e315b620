/**
 * The addresses by which the carrier knows the service: everything it is told to call, and everything it signs,
 * starts with `PUBLIC_URL`, whatever host, port or path a proxy passes on.
 */

/** Builds absolute addresses. Paths begin with `/` and are as the service sees them (`/twilio/voice`). */
interface PublicUrl {
  /** `https://…`, or `http://…` where the public URL is. */
  web(path: string): string;
  /** `wss://…`, or `ws://…` where the public URL is plain http. */
  socket(path: string): string;
}

/**
 * Reads `PUBLIC_URL`. A path in it is a prefix that a proxy takes off again. The text is kept as it was written,
 * because signatures are made over the very characters. Throws a TypeError that says what is wrong with it.
 */
export function readPublicUrl(value: string): PublicUrl {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new TypeError(
      'The public URL must be an absolute http or https URL, such as https://voice.example.com',
    );
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new TypeError('The public URL must hold no query, fragment, user name or password');
  }
  const base = value.trim().replace(/[?#]$/, '').replace(/\/+$/, '');
  return {
    web: (path) => base + path,
    socket: (path) => base.replace(/^http/i, 'ws') + path,
  };
}
