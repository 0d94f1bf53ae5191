import { join } from 'node:path';
import t, { type Test } from 'tap';
import { brokerSettings } from '../../agents/voevent_broker/settings.js';
import { BROKER_DEFAULTS } from '../../src/voevent/index.js';
import { testConfig } from '../helpers/test-config.js';

async function settingsOf(t: Test, comet: Record<string, string>) {
  const lines = Object.entries(comet).map(([key, value]) => `${key} = ${value}`);
  const directory = t.testdir();
  const config = await testConfig({ directory, agents: ['voevent_broker'], extra: { comet: lines } });
  return { settings: brokerSettings(config), directory, port: config.settings('voevent_broker').vtpPort };
}

t.test('every key of [comet] reaches the broker', async (t) => {
  const { settings, directory, port } = await settingsOf(t, {
    receive: '127.0.0.1:1, [::1]:2',
    receive_allow: '192.0.2.0/24, ::1',
    max_authors: '3',
    broadcast: '127.0.0.1:4',
    broadcast_allow: '192.0.2.5',
    max_subscribers: '6',
    queue_size: '7MiB',
    catch_up: '8min',
    iamalive_interval: '9s',
    broadcast_test_interval: '10s',
    remote: 'broker.example.org:11',
    publish: 'broker.example.org:12',
    filter: '//Param[@name="SNR" and @value>10], 13',
    simple_filter: 'role=observation,test cone=83.6,22.0,5',
    print_event: 'yes',
    save_event: 'yes',
    save_event_directory: 'saved',
    cmd: '/bin/one, /bin/two',
    cmd_limit: '14',
    cmd_timeout: '15s',
    attempts: '16',
    author_version_1_1: 'take',
    author_version_2_1: 'mark',
    author_no_namespace: 'take',
    author_schema_error: 'mark',
    remote_version_1_1: 'take',
    remote_version_2_1: 'refuse',
    remote_no_namespace: 'take',
    remote_schema_error: 'refuse',
    keep_for: '17d',
    keep_size: '18MiB',
  });
  t.strictSame(settings, {
    localIvorn: 'ivo://org.pyros/broker',
    limits: { maxBytes: 4 * 2 ** 20 },
    receive: [
      { host: '127.0.0.1', port },
      { host: '127.0.0.1', port: 1 },
      { host: '::1', port: 2 },
    ],
    receiveAllow: ['192.0.2.0/24', '::1'],
    maxAuthors: 3,
    broadcast: [{ host: '127.0.0.1', port: 4 }],
    broadcastAllow: ['192.0.2.5'],
    maxSubscribers: 6,
    queueBytes: 7 * 2 ** 20,
    catchUpMs: 8 * 60_000,
    iamaliveMs: 9_000,
    broadcastTestMs: 10_000,
    remotes: [{ host: 'broker.example.org', port: 11 }],
    xpath: ['//Param[@name="SNR" and @value>10], 13'],
    simple: ['role=observation,test cone=83.6,22.0,5'],
    print: true,
    saveDirectory: join(directory, 'saved'),
    commands: ['/bin/one', '/bin/two'],
    commandLimit: 14,
    commandTimeoutMs: 15_000,
    handlerAttempts: 16,
    authorPolicy: { version11: 'take', version21: 'mark', noNamespace: 'take', schemaError: 'mark' },
    remotePolicy: { version11: 'take', version21: 'refuse', noNamespace: 'take', schemaError: 'refuse' },
    retention: { maxAgeMs: 17 * 86_400_000, maxBytes: 18 * 2 ** 20 },
  });
});

t.test('an empty [comet] leaves a broker as it is by default, with one port for authors', async (t) => {
  const { settings, port } = await settingsOf(t, {});
  const { receive, limits, retention, ...others } = settings;
  t.same(receive, [{ host: '127.0.0.1', port }]);
  t.same(limits, { maxBytes: 4 * 2 ** 20 });
  t.same(retention, { maxAgeMs: undefined, maxBytes: undefined });
  const { receive: _, limits: __, retention: ___, ...expected } = BROKER_DEFAULTS;
  t.same(others, expected);
});
