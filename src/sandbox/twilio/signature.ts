/**
 * Twilio's request signature: base64(HMAC-SHA1(auth token, URL + every POST parameter's name and value, sorted by
 * name)). Source: Twilio docs, "Security: validating requests".
 */
import { createHmac } from 'node:crypto';

/** How a request is signed; the wrong ways are for tests of the service's defences. */
export type Signing = 'right' | 'wrong' | 'missing';

/** Header names are lowercase, as on the media stream's upgrade. Empty for a missing signature. */
export function signatureHeaders(
  signing: Signing,
  authToken: string,
  url: string,
  parameters: Readonly<Record<string, string>> = {},
): Record<string, string> {
  if (signing === 'missing') return {};
  const key = signing === 'right' ? authToken : `not ${authToken}`;
  return { 'x-twilio-signature': sign(key, url, parameters) };
}

function sign(authToken: string, url: string, parameters: Readonly<Record<string, string>>): string {
  const names = Object.keys(parameters).sort();
  const text = names.reduce((signed, name) => signed + name + (parameters[name] ?? ''), signedForm(url));
  return createHmac('sha1', authToken).update(text, 'utf8').digest('base64');
}

/** The fragment is never signed; of an HTTPS URL neither the port nor the user's name and password are. */
function signedForm(url: string): string {
  const [withoutFragment = ''] = url.split('#');
  return withoutFragment.replace(/^(https:\/\/)(?:[^/?@]*@)?([^/?:]+|\[[^\]]*\])(?::\d+)?/i, '$1$2');
}
