/** What a simulation has reached: counts by name, to be sure that nothing went untried. */
import type { TurnCommand, TurnEvent } from '../../src/call/turn-events.ts';
import type { FlowCommand } from '../../src/flows/index.ts';

export class Coverage {
  readonly counts: Record<string, number> = {};

  count(name: string, by = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + by;
  }

  add(others: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(others)) this.count(name, count);
  }

  /** The core ordered it. */
  command(command: TurnCommand, event: TurnEvent): void {
    switch (command.type) {
      case 'start-reply':
        return this.count(`replies to ${command.input.type}`);
      case 'cancel-reply':
        return this.count(command.rollback ? 'rollbacks' : `barge-ins by ${command.by}`);
      case 'finish-reply':
        return this.count('replies heard to their end');
      case 'start-draft':
        return this.count('drafts');
      case 'adopt-draft':
        return this.count('drafts adopted');
      case 'drop-draft':
        return this.count(`drafts dropped: ${command.reason}`);
      case 'note-words':
        return this.count('back-channels');
      case 'note-endpoint':
        if (event.type === 'key') this.count('turn ends by key');
        return this.count(`turn ends: ${command.reason}`);
      case 'pause-line':
        return this.count('yields');
      case 'resume-line':
        return this.count(`goes on after ${event.type === 'timer' ? event.name : event.type}`);
      case 'run-tool':
        if (event.type !== 'tool-requested')
          this.count(`tools released by ${event.type === 'timer' ? event.name : event.type}`);
        return this.count('tools run');
      case 'drop-tool':
        return this.count('tools dropped');
      case 'say-filler':
        return this.count('fillers');
      case 'arm-timer':
      case 'disarm-timer':
      case 'assess-words':
      case 'leave':
      case 'close':
        return;
    }
  }

  /** The flow was told something, and wants this. */
  step({ type }: { type: string }, commands: readonly FlowCommand[]): void {
    this.count(`flow steps: ${type}`);
    for (const command of commands) {
      if (command.type === 'ask-model') this.count('model requests');
      if (command.type === 'note' && command.note.type === 'slot-filled')
        this.count(`slots filled by ${command.note.path}`);
      if (command.type === 'note' && command.note.type === 'outcome')
        this.count(`outcomes by ${command.note.path}`);
    }
  }
}
