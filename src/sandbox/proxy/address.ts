/** The same URL with a proxy's address; what else stands in it, such as a password, is kept. */
export function throughProxy(to: string, port: number): string {
  const url = new URL(to);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return url.href;
}
