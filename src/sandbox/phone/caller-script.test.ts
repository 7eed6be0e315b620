import { describe, expect, it } from 'vitest';
import { checkCallerScript, parseCallerScript, stepsOf } from './caller-script.ts';

describe('a caller script', () => {
  it('is read from YAML, with defaults for a patient caller', () => {
    const script = parseCallerScript(`
voice: awb
steps:
  - say: I'd like to book a check-up.
  - say: Sorry, a cleaning.
    when: { agentSpokeMs: 1200 }
    voice: kal
  - press: '1'
    when: agent-quiet
  - wait: 500
  - silence: true
  - hangUp: true
    when: { afterMs: 0 }
`);
    expect(script).toMatchObject({ voice: 'awb', quietMs: 700, stepTimeoutMs: 60_000 });
    expect(stepsOf(script)).toEqual([
      {
        action: { type: 'say', text: "I'd like to book a check-up.", voice: 'awb' },
        when: 'agent-quiet',
        name: `step 1 (say "I'd like to book a check-up.")`,
      },
      {
        action: { type: 'say', text: 'Sorry, a cleaning.', voice: 'kal' },
        when: { agentSpokeMs: 1200 },
        name: 'step 2 (say "Sorry, a cleaning.")',
      },
      { action: { type: 'press', digits: '1' }, when: 'agent-quiet', name: 'step 3 (press 1)' },
      { action: { type: 'pass' }, when: { afterMs: 500 }, name: 'step 4 (wait 500)' },
      { action: { type: 'pass' }, when: 'agent-quiet', name: 'step 5 (silence)' },
      { action: { type: 'hang-up' }, when: { afterMs: 0 }, name: 'step 6 (hang up)' },
    ]);
  });

  it.each([
    [
      'steps:\n  - say: a\n    press: "1"\n',
      'lines.yaml:2: steps[0]: needs exactly one of say, play, press, wait, silence, hangUp; it has say and press',
    ],
    [
      'steps:\n  - when: agent-quiet\n',
      'lines.yaml:2: steps[0]: needs exactly one of say, play, press, wait, silence, hangUp; it has none',
    ],
    ['steps:\n  - say: a\n  - press: 1\n', 'lines.yaml:3: steps[1].press: '],
    ['steps:\n  - press: 12 34\n', 'lines.yaml:2: steps[0].press: must be keys of a phone'],
    ['steps:\n  - say: a\n    when: soon\n', 'lines.yaml:3: steps[0].when: must be agent-quiet'],
    [
      'steps:\n  - wait: 5\n    when: agent-quiet\n',
      'lines.yaml:3: steps[0].when: a step that waits has no condition',
    ],
    [
      'steps:\n  - hangUp: true\n    voice: rms\n',
      'lines.yaml:3: steps[0].voice: belongs to a step that says something',
    ],
    ['voice: rms\n', 'lines.yaml:1: steps: '],
    ['steps: []\nquiet: 3\n', 'lines.yaml:1: script: Unrecognized key'],
    ['steps: [\n', 'lines.yaml:'],
    ['', 'lines.yaml: script: '],
  ])('like %j is refused with its place', (yaml, message) => {
    expect(() => parseCallerScript(yaml, 'lines.yaml')).toThrow(
      expect.objectContaining({ code: 'caller-script-invalid', message: expect.stringContaining(message) }),
    );
  });

  it('in code is checked the same way', () => {
    expect(() => checkCallerScript({ steps: [{ say: '' }] })).toThrow('steps[0].say: ');
  });
});
