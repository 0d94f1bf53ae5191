// The names that senders use: Agent.SCHEDULER, Agent.SHUTDOWN. Held against the INI file's agents by a test.

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
