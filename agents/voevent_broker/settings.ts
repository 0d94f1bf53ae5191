// The broker as the INI file wants it.
import { dirname, resolve } from 'node:path';
import type { Config } from '../../src/config/index.js';
import type { BrokerSettings } from '../../src/voevent/index.js';

/** From `[voevent_broker]` and `[comet]`. */
export function brokerSettings(config: Config): Partial<BrokerSettings> {
  const { vtpIp, vtpPort, localIvorn, eventLimit } = config.settings('voevent_broker');
  const { comet } = config;
  const saveDirectory = resolve(dirname(config.file), comet.saveEventDirectory);
  return {
    localIvorn,
    limits: { maxBytes: eventLimit },
    receive: [{ host: vtpIp, port: vtpPort }, ...comet.receive],
    receiveAllow: comet.receiveAllow,
    maxAuthors: comet.maxAuthors,
    broadcast: comet.broadcast,
    broadcastAllow: comet.broadcastAllow,
    maxSubscribers: comet.maxSubscribers,
    queueBytes: comet.queueSize,
    iamaliveMs: comet.iamaliveInterval,
    catchUpMs: comet.catchUp,
    broadcastTestMs: comet.broadcastTestInterval,
    remotes: comet.remote,
    xpath: comet.filter === undefined ? [] : [comet.filter],
    simple: comet.simpleFilter === undefined ? [] : [comet.simpleFilter],
    authorPolicy: {
      version11: comet.authorVersion11,
      version21: comet.authorVersion21,
      noNamespace: comet.authorNoNamespace,
      schemaError: comet.authorSchemaError,
    },
    remotePolicy: {
      version11: comet.remoteVersion11,
      version21: comet.remoteVersion21,
      noNamespace: comet.remoteNoNamespace,
      schemaError: comet.remoteSchemaError,
    },
    print: comet.printEvent,
    saveDirectory: comet.saveEvent ? saveDirectory : undefined,
    commands: comet.cmd,
    commandLimit: comet.cmdLimit,
    commandTimeoutMs: comet.cmdTimeout,
    handlerAttempts: comet.attempts,
    retention: { maxAgeMs: comet.keepFor, maxBytes: comet.keepSize },
  };
}
