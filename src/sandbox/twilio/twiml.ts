/**
 * TwiML: the documents a service answers with, read into the verbs the stand-in can execute. What it cannot execute
 * is an error, never passed over. Source: Twilio docs, "TwiML for Programmable Voice".
 */
import { TwilioFault } from './errors.ts';
import { parseXml, type XmlElement, XmlError } from './xml.ts';

/** A URL to request; relative ones are already resolved against the document's own. */
export interface Target {
  url: string;
  method: 'GET' | 'POST';
}

export interface StreamNoun {
  url: string;
  name: string | undefined;
  parameters: Record<string, string>;
  statusCallback: Target | undefined;
}

/** What is attended to of `<ConversationRelay>`; its other attributes are read over. */
export interface RelayNoun {
  url: string;
  parameters: Record<string, string>;
  dtmfDetection: boolean;
  /** What silences the voice. */
  interruptible: 'none' | 'dtmf' | 'speech' | 'any';
  partialPrompts: boolean;
  /** What is told besides: `speaker-events`, `tokens-played`. */
  events: ReadonlySet<string>;
  welcomeGreeting: string | undefined;
}

export interface ConferenceNoun {
  name: string;
  /** What is heard until the conference starts; undefined: nothing here, where Twilio has music of its own. */
  waitUrl: Target | undefined;
  startOnEnter: boolean;
  endOnExit: boolean;
}

export type Prompt =
  | { type: 'say'; text: string }
  | { type: 'play'; url: string | undefined; loop: number }
  | { type: 'pause'; seconds: number };

export type Verb =
  | Prompt
  | { type: 'connect'; stream: StreamNoun; action: Target | undefined }
  | { type: 'relay'; relay: RelayNoun; action: Target | undefined }
  | { type: 'dial'; to: string; timeoutSec: number; action: Target | undefined }
  | { type: 'conference'; conference: ConferenceNoun; action: Target | undefined }
  | {
      type: 'gather';
      action: Target;
      numDigits: number | undefined;
      finishOnKey: string;
      timeoutSec: number;
      actionOnEmptyResult: boolean;
      prompts: Prompt[];
    }
  | { type: 'redirect'; target: Target }
  | { type: 'reject'; reason: 'rejected' | 'busy' }
  | { type: 'hangup' };

/** Twilio cuts off at 64 kB. */
const LARGEST_DOCUMENT = 64 * 1024;
const LONGEST_PARAMETER = 500;

/** Reads a document that came from `documentUrl`. Throws {@link TwilioFault} with Twilio's own code. */
export function parseTwiml(source: string, documentUrl: string): Verb[] {
  if (source.length > LARGEST_DOCUMENT) throw new TwilioFault(11750, `${source.length} characters`);
  let root: XmlElement;
  try {
    root = parseXml(source);
  } catch (error) {
    if (error instanceof XmlError) throw new TwilioFault(12100, error.message, { cause: error });
    throw error;
  }
  if (root.name !== 'Response')
    throw new TwilioFault(12100, `the root element is <${root.name}>, not <Response>`);
  return root.children.map((element) => new Reader(element, documentUrl).verb());
}

/** Which attribute says how the address in another is requested. */
const METHOD_ATTRIBUTES = {
  action: 'method',
  statusCallback: 'statusCallbackMethod',
  waitUrl: 'waitMethod',
} as const;

/** Reads one element and its attributes. */
class Reader {
  readonly #element: XmlElement;
  readonly #documentUrl: string;

  constructor(element: XmlElement, documentUrl: string) {
    this.#element = element;
    this.#documentUrl = documentUrl;
  }

  verb(): Verb {
    switch (this.#element.name) {
      case 'Connect':
        if (this.#element.children[0]?.name === 'ConversationRelay') {
          return {
            type: 'relay',
            relay: this.#onlyChild('ConversationRelay').#relay(),
            action: this.#optionalTarget('action'),
          };
        }
        return {
          type: 'connect',
          stream: this.#onlyChild('Stream').#stream(),
          action: this.#optionalTarget('action'),
        };
      case 'Dial':
        if (this.#element.children[0]?.name === 'Conference') {
          return {
            type: 'conference',
            conference: this.#onlyChild('Conference').#conference(),
            action: this.#optionalTarget('action'),
          };
        }
        return {
          type: 'dial',
          to: this.#dialled(),
          timeoutSec: this.#number('timeout', 30),
          action: this.#optionalTarget('action'),
        };
      case 'Gather':
        return this.#gather();
      case 'Redirect':
        return { type: 'redirect', target: this.#target(this.#element.text.trim()) };
      case 'Reject':
        return { type: 'reject', reason: this.#choice('reason', ['rejected', 'busy']) };
      case 'Hangup':
        return { type: 'hangup' };
      default:
        return this.#prompt();
    }
  }

  #prompt(): Prompt {
    switch (this.#element.name) {
      case 'Say':
        return { type: 'say', text: this.#element.text.trim() };
      case 'Play':
        return { type: 'play', url: this.#played(), loop: this.#number('loop', 1) };
      case 'Pause':
        return { type: 'pause', seconds: this.#number('length', 1) };
      default:
        return this.#invalid('is not a verb that the sandbox knows here');
    }
  }

  #gather(): Verb {
    const numDigits = this.#element.attributes.get('numDigits');
    return {
      type: 'gather',
      action: this.#optionalTarget('action') ?? this.#target(''),
      numDigits: numDigits === undefined ? undefined : this.#number('numDigits', 1),
      finishOnKey: this.#element.attributes.get('finishOnKey') ?? '#',
      timeoutSec: this.#number('timeout', 5),
      actionOnEmptyResult: this.#element.attributes.get('actionOnEmptyResult') === 'true',
      prompts: this.#element.children.map((child) => new Reader(child, this.#documentUrl).#prompt()),
    };
  }

  #stream(): StreamNoun {
    const { attributes, children } = this.#element;
    const url = attributes.get('url') ?? this.#invalid('has no url');
    if (!/^wss?:\/\/[^/?#]/.test(url)) this.#invalid('must have a wss:// url (the sandbox takes ws:// too)');
    if (url.includes('?'))
      throw new TwilioFault(31920, 'the url of a <Stream> takes no query string; use <Parameter>');
    const track = attributes.get('track') ?? 'inbound_track';
    if (track !== 'inbound_track')
      throw new TwilioFault(31941, `track ${track} is not possible within <Connect>`);
    return {
      url,
      name: attributes.get('name'),
      parameters: this.#parameters(children),
      statusCallback: this.#optionalTarget('statusCallback'),
    };
  }

  #relay(): RelayNoun {
    const { attributes, children } = this.#element;
    const url = attributes.get('url') ?? this.#invalid('has no url');
    if (!/^wss?:\/\/[^/?#]/.test(url)) this.#invalid('must have a wss:// url (the sandbox takes ws:// too)');
    const interruptible = this.#choice('interruptible', ['any', 'speech', 'dtmf', 'none', 'true', 'false']);
    return {
      url,
      parameters: this.#parameters(children.filter(({ name }) => name !== 'Language')),
      dtmfDetection: attributes.get('dtmfDetection') === 'true',
      interruptible: interruptible === 'true' ? 'any' : interruptible === 'false' ? 'none' : interruptible,
      partialPrompts: attributes.get('partialPrompts') === 'true',
      events: new Set((attributes.get('events') ?? attributes.get('debug') ?? '').split(/\s+/)),
      welcomeGreeting: attributes.get('welcomeGreeting'),
    };
  }

  #parameters(children: readonly XmlElement[]): Record<string, string> {
    const parameters: Record<string, string> = {};
    for (const child of children) {
      if (child.name !== 'Parameter') this.#invalid(`holds <${child.name}>; only <Parameter> is possible`);
      const name = child.attributes.get('name') ?? this.#invalid('has a <Parameter> without a name');
      const value =
        child.attributes.get('value') ?? this.#invalid(`has a <Parameter> "${name}" without a value`);
      if (name.length + value.length >= LONGEST_PARAMETER) {
        this.#invalid(
          `has a <Parameter> "${name}" of ${name.length + value.length} characters; 499 are possible`,
        );
      }
      parameters[name] = value;
    }
    return parameters;
  }

  #conference(): ConferenceNoun {
    const name = this.#element.text.trim();
    if (name === '') this.#invalid('has no name');
    return {
      name,
      waitUrl: this.#element.attributes.get('waitUrl') === '' ? undefined : this.#optionalTarget('waitUrl'),
      startOnEnter: this.#choice('startConferenceOnEnter', ['true', 'false']) === 'true',
      endOnExit: this.#choice('endConferenceOnExit', ['false', 'true']) === 'true',
    };
  }

  /** Undefined for `<Play digits="…"/>`, which sends keys to the caller's side and no sound worth having. */
  #played(): string | undefined {
    const url = this.#element.text.trim();
    if (url !== '') return this.#url(url);
    return this.#element.attributes.has('digits')
      ? undefined
      : this.#invalid('says neither a URL nor digits');
  }

  #dialled(): string {
    const [noun] = this.#element.children;
    const to = (noun ?? this.#element).text.trim();
    return to === '' ? this.#invalid('does not say whom to dial') : to;
  }

  #onlyChild(name: string): Reader {
    const [child, ...others] = this.#element.children;
    if (child?.name !== name || others.length > 0) this.#invalid(`must hold exactly one <${name}>`);
    return new Reader(child, this.#documentUrl);
  }

  #optionalTarget(attribute: keyof typeof METHOD_ATTRIBUTES): Target | undefined {
    const url = this.#element.attributes.get(attribute);
    return url === undefined ? undefined : this.#target(url, METHOD_ATTRIBUTES[attribute]);
  }

  #target(url: string, methodAttribute = 'method'): Target {
    return { url: this.#url(url), method: this.#choice(methodAttribute, ['POST', 'GET']) };
  }

  #url(url: string): string {
    if (!URL.canParse(url, this.#documentUrl)) this.#invalid('has a URL that cannot be read');
    return /^https?:\/\//.test(url) ? url : new URL(url, this.#documentUrl).href;
  }

  #number(attribute: string, fallback: number): number {
    const text = this.#element.attributes.get(attribute) ?? String(fallback);
    return /^\d{1,5}$/.test(text)
      ? Number(text)
      : this.#invalid(`has ${attribute}="${text}", which is no number`);
  }

  /** The first choice is the default. */
  #choice<const T extends string>(attribute: string, choices: readonly [T, ...T[]]): T {
    const text = this.#element.attributes.get(attribute) ?? choices[0];
    const chosen = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
    return chosen ?? this.#invalid(`has ${attribute}="${text}"; possible are ${choices.join(' and ')}`);
  }

  #invalid(problem: string): never {
    throw new TwilioFault(12200, `<${this.#element.name}> ${problem}`);
  }
}
