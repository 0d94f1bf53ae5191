// The broker as the INI file wants it.
import { dirname, resolve } from 'node:path';
import type { Config } from '../../src/config/index.js';
import {
  type BrokerSettings,
  type ClientCredentials,
  GcnError,
  type GcnOptions,
} from '../../src/voevent/index.js';

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

/** Variables with what https://gcn.nasa.gov/quickstart gave us. */
const CLIENT_ID = 'GCN_CLIENT_ID';
const CLIENT_SECRET = 'GCN_CLIENT_SECRET';

/**
 * From `[gcn]`; `undefined` when nothing of GCN is followed.
 * @throws GcnError `GCN_CREDENTIALS`
 */
export function gcnSettings({ gcn }: Config): Omit<GcnOptions, 'clock'> | undefined {
  if (gcn.topics.length === 0) return undefined;
  const brokers = gcn.brokers.map(({ host, port }) => `${host}:${port}`);
  const { topics, group, heartbeatTimeout } = gcn;
  const credentials = gcn.tls ? clientCredentials(gcn.tokenUrl) : undefined;
  return { brokers, topics, group, heartbeatTimeoutMs: heartbeatTimeout, credentials };
}

function clientCredentials(tokenUrl: string): ClientCredentials {
  const [clientId, clientSecret] = [process.env[CLIENT_ID], process.env[CLIENT_SECRET]];
  if (clientId && clientSecret) return { clientId, clientSecret, tokenUrl };
  const text = `[gcn] topics are given, but the variables ${CLIENT_ID} and ${CLIENT_SECRET} are not set`;
  throw new GcnError('GCN_CREDENTIALS', `${text}; https://gcn.nasa.gov/quickstart gives them`);
}
