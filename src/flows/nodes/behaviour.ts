/** What the node that a call stands in does with what happens. */
import type { NodeBehaviour, NodeResult, Step } from '../step.ts';
import { agentNode } from './agent.ts';
import { branchNode } from './branch.ts';
import { collectNode } from './collect.ts';
import { hangupNode } from './hangup.ts';
import { menuNode } from './menu.ts';
import { messageNode } from './message.ts';
import { returnNode } from './return.ts';
import { sayNode } from './say.ts';
import { setNode } from './set.ts';
import { smsNode } from './sms.ts';
import { subflowNode } from './subflow.ts';
import { toolNode } from './tool.ts';
import { transferNode } from './transfer.ts';
import { voicemailNode } from './voicemail.ts';

/** Made anew for each use: a step may have moved on. */
export function behaviour(step: Step): NodeBehaviour {
  const { node } = step;
  switch (node.type) {
    case 'say':
      return sayNode(step, node);
    case 'agent':
      return agentNode(step, node);
    case 'collect':
      return collectNode(step, node);
    case 'menu':
      return menuNode(step, node);
    case 'branch':
      return branchNode(step, node);
    case 'set':
      return setNode(step, node);
    case 'tool':
      return toolNode(step, node);
    case 'message':
      return messageNode(step, node);
    case 'sms':
      return smsNode(step, node);
    case 'subflow':
      return subflowNode(step, node, () => arrive(step));
    case 'return':
      return returnNode(step, node);
    case 'voicemail':
      return voicemailNode(step, node);
    case 'transfer':
      return transferNode(step, node);
    case 'hangup':
      return hangupNode(step, node);
  }
}

/** Enters the node; it may bring the call into another language. */
export function arrive(step: Step): NodeResult {
  const { node } = step;
  const language = 'language' in node ? node.language : undefined;
  if (language !== undefined) step.changeLanguage(language);
  return behaviour(step).enter();
}
