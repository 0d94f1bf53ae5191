// The names that senders use: Agent.SCHEDULER, Agent.SHUTDOWN. Held against the INI file's agents by a test.
import { MeshError } from './errors.js';

/** Constants of {@link Agent}. */
export abstract class AgentConstants {
  // Agents, as in the INI file.
  static readonly MAJORDOME = 'majordome';
  static readonly ALERT_MANAGER = 'alert_manager';
  static readonly SCHEDULER = 'scheduler';
  static readonly VOEVENT_BROKER = 'voevent_broker';
  static readonly TELESCOPE = 'telescope';
  static readonly CAMERA_VIS = 'camera_vis';
  static readonly TASK_BROKER = 'task_broker';
  static readonly CAMERA_NIR = 'camera_nir';
  static readonly FILTERWHEEL_VIS = 'filterwheel_vis';
  static readonly FOCUSER = 'focuser';
  static readonly DOME = 'dome';
  static readonly PLC = 'plc';
  static readonly WEATHER = 'weather';

  // Messages that every agent knows.
  static readonly SHUTDOWN = 'Shutdown';
  static readonly PING = 'Ping';
  static readonly STATUS = 'Status';
  static readonly HELP = 'Help';
  static readonly OUTBOX = 'Outbox';
  static readonly OUTBOX_RESEND = 'Outbox resend';
  static readonly OUTBOX_DROP = 'Outbox drop';
}

const BUILT_IN: ReadonlySet<string> = new Set([
  AgentConstants.SHUTDOWN,
  AgentConstants.PING,
  AgentConstants.STATUS,
  AgentConstants.HELP,
  AgentConstants.OUTBOX,
  AgentConstants.OUTBOX_RESEND,
  AgentConstants.OUTBOX_DROP,
]);

/**
 * Why a message cannot be posted, if it cannot. One that every agent knows is answered at once, out of order, and has no
 * place among posted messages: waiting for an agent that is down, it would stop it long after somebody wanted that.
 */
export function notPostable(message: string): MeshError | undefined {
  if (!BUILT_IN.has(message)) return undefined;
  const text = `"${message}" is for now or never, and cannot be posted: send it with Sender.sendTo or Sender.request`;
  return new MeshError('NOT_POSTABLE', text);
}
