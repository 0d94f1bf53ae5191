// Every section and key of pyros_agent_config.ini, with its kind, default and help. docs/configuration.md is held
// against this table by a test.
import {
  addressRange,
  duration,
  either,
  endpoint,
  indiName,
  integer,
  ipAddress,
  type Key,
  key,
  list,
  number,
  type OptionalKey,
  oneOf,
  optionalKey,
  port,
  size,
  skyPoint,
  text,
  utcTime,
  yesOrNo,
} from './kinds.js';

/** The keys of one section, by their names in the file. */
export type SectionSchema = Record<string, Key<unknown>>;

type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;

/** The values of a section: names in camel case, types of their kinds. */
export type Values<S extends SectionSchema> = {
  readonly [K in keyof S & string as Camel<K>]: S[K] extends OptionalKey<infer T>
    ? T | undefined
    : S[K] extends Key<infer T>
      ? T
      : never;
};

const YEAR_MS = 366 * 86_400_000;

/** Sections about the whole observatory. */
export const GENERAL_SECTIONS = {
  observatory: {
    name: key(text, 'Name of the observatory, for headers and pages'),
    latitude: key(number(-90, 90, 'degrees, north positive'), 'Geodetic latitude of the telescope'),
    longitude: key(number(-180, 180, 'degrees, east positive'), 'Longitude of the telescope'),
    altitude: key(number(-500, 9000, 'm'), 'Height of the telescope above the sea'),
    min_altitude: key(number(0, 89, 'degrees'), 'Lowest altitude at which a target is observed', '20'),
    max_sun_altitude: key(
      number(-30, 0, 'degrees'),
      'Highest altitude of the Sun at which science frames are taken',
      '-12',
    ),
  },
  clock: {
    mode: key(oneOf('system', 'simulated'), 'The time of the system, or a simulated night', 'system'),
    start: key(
      either(oneOf('evening'), utcTime),
      'Where a simulated clock starts; evening is 21:00 mean solar time of the site, today',
      'evening',
    ),
    rate: key(number(0.1, 1000), 'How many times faster than real time a simulated clock runs', '1'),
    origin: key(
      either(oneOf('launch'), utcTime),
      'The real time at which a simulated clock shows `start`; at a launch it is kept in `clock.json` of the data directory, for all processes of this host until the next launch; needed when several hosts share one night',
      'launch',
    ),
  },
  logging: {
    level: key(oneOf('error', 'warn', 'info', 'debug'), 'Least important level that is logged', 'info'),
    file_size: key(size(10_000, 1e9), 'A log file is rotated when it has grown to this size', '10MB'),
    file_count: key(integer(1, 1000), 'How many rotated files are kept for each agent', '5'),
  },
  data: {
    directory: key(
      text,
      'Where images, logs and stores are kept; relative to the folder of this file',
      'data',
    ),
  },
  mesh: {
    header_limit: key(size(256, 2 ** 20), 'Longest header line of a message', '8KiB'),
    payload_limit: key(size(1024, 2 ** 30), 'Largest payload of a message', '16MiB'),
    answer_limit: key(
      size(2 ** 16, 2 ** 34),
      'Answers that wait for one peer to read them; at half of it no more is read from the peer, and at all of it, or when the peer takes nothing for `frame_timeout`, it is cut',
      '16MiB',
    ),
    send_limit: key(
      size(2 ** 16, 2 ** 34),
      'What a sender keeps in memory for an agent that does not take it; beyond it a message is refused with `SENDER_FULL`',
      '32MiB',
    ),
    post_limit: key(
      integer(1, 10_000_000),
      'Posts that wait to be written to the disk; beyond it, or beyond `send_limit` in bytes, a post is refused with `SENDER_FULL`',
      '100000',
    ),
    max_connections: key(integer(1, 100_000), 'Connections that an agent holds open at once', '1024'),
    mailbox_limit: key(
      integer(1, 1_000_000),
      'Messages that wait in a mailbox before its peers are slowed down',
      '1024',
    ),
    mailbox_bytes: key(
      size(1024, 2 ** 40),
      'What the messages in a mailbox may take in memory before its peers are slowed down',
      '64MiB',
    ),
    incoming_bytes: key(
      size(2 ** 20, 2 ** 40),
      'What messages that have not come whole may take in memory, of all peers together; beyond half of it large ones wait for their turn, one at a time if need be',
      '256MiB',
    ),
    answer_bytes: key(
      size(2 ** 20, 2 ** 40),
      'What the answers that wait to be read may take in memory, of all peers together; when it is too much the peer that has left the most unread is cut',
      '256MiB',
    ),
    first_byte_timeout: key(
      duration(100, YEAR_MS),
      'A peer that has connected must send something within this time',
      '60s',
    ),
    frame_timeout: key(
      duration(100, YEAR_MS),
      'A frame that has begun must be complete within this time',
      '10s',
    ),
    idle_timeout: key(
      duration(1000, YEAR_MS),
      'A connection without traffic is closed after this time',
      '10min',
    ),
    request_timeout: key(
      duration(10, YEAR_MS),
      'How long a sender waits for an answer unless it says otherwise',
      '30s',
    ),
    retry_pause: key(
      duration(100, 600_000),
      'Longest pause between the ten tries of a posted message whose action fails, after which it is set aside; the first pause is 100 ms, each further one twice as long',
      '1s',
    ),
  },
  security: {
    allow: key(
      list(addressRange),
      'Who may connect to agents, besides this host and those of the agents and `[celery.workers]` of this file',
      '',
    ),
    secret_file: optionalKey(
      text,
      'Every link between agents is TLS, with the secret in this file (`pyros secret` makes one); not together with certificates; relative to the folder of this file',
    ),
    tls_cert: optionalKey(
      text,
      "Every link between agents is TLS, with certificates: this host's own (PEM); relative to the folder of this file",
    ),
    tls_key: optionalKey(text, 'Its private key (PEM)'),
    tls_ca: optionalKey(text, 'The authority by which all certificates must be issued (PEM)'),
  },
  comet: {
    receive: key(list(endpoint(8098)), 'Further ports for authors, besides `vtp_port` of the broker', ''),
    receive_allow: key(list(addressRange), 'Who may send VOEvents; all who reach the port when empty', ''),
    max_authors: key(integer(1, 100_000), 'Connections of authors at once, for each port', '1024'),
    broadcast: key(list(endpoint(8099)), 'Where subscribers get VOEvents; nowhere when empty', ''),
    broadcast_allow: key(list(addressRange), 'Who may subscribe; all who reach the port when empty', ''),
    max_subscribers: key(integer(1, 100_000), 'Subscribers at once, for each port', '2048'),
    queue_size: key(
      size(2 ** 16, 2 ** 32),
      'What may wait for one subscriber; beyond it the subscriber is cut, and catches up when it is back',
      '8MiB',
    ),
    catch_up: key(
      duration(0, YEAR_MS),
      'How far back a subscriber that returns is given what it missed; 0s for not at all',
      '1h',
    ),
    iamalive_interval: key(
      duration(1000, 90_000),
      'How often subscribers are asked whether they are alive; one that does not answer is cut at the next time',
      '60s',
    ),
    broadcast_test_interval: key(
      duration(0, YEAR_MS),
      'How often subscribers are sent an event of role test; 0s for never',
      '1h',
    ),
    remote: key(list(endpoint(8099)), 'Brokers that are followed', ''),
    publish: key(
      list(endpoint(8098)),
      'Brokers that our own VOEvents are sent to (`pyros vo make --send`)',
      '',
    ),
    filter: optionalKey(text, 'XPath 1.0; brokers that are followed send only what it finds something in'),
    simple_filter: optionalKey(
      text,
      'A filter that only brokers of PyROS know: `role=observation stream=ivo://nasa.gsfc.gcn cone=83.6,22.0,5`, all of it or a part',
    ),
    print_event: key(yesOrNo, 'Print every event on standard output', 'no'),
    save_event: key(yesOrNo, 'Save every event as a file', 'no'),
    save_event_directory: key(text, 'Where; relative to the folder of this file', 'voevents'),
    cmd: key(list(text), 'Programs that are run for each event, which is their standard input', ''),
    cmd_limit: key(integer(1, 1000), 'How many of each run at once', '4'),
    cmd_timeout: key(duration(100, YEAR_MS), 'A run that takes longer is killed', '60s'),
    attempts: key(
      integer(1, 1000),
      'How often a handler (print, save, cmd) is tried with an event before it is given up',
      '5',
    ),
    author_version_1_1: verdict('VOEvent 1.1', 'authors', 'refuse'),
    author_version_2_1: verdict('VOEvent 2.1', 'authors', 'refuse'),
    author_no_namespace: verdict('an event without a namespace', 'authors', 'refuse'),
    author_schema_error: verdict('an event that breaks the schema of 2.0', 'authors', 'refuse'),
    remote_version_1_1: verdict('VOEvent 1.1', 'brokers that are followed', 'mark'),
    remote_version_2_1: verdict('VOEvent 2.1', 'brokers that are followed', 'mark'),
    remote_no_namespace: verdict('an event without a namespace', 'brokers that are followed', 'mark'),
    remote_schema_error: verdict(
      'an event that breaks the schema of 2.0',
      'brokers that are followed',
      'mark',
    ),
    keep_for: optionalKey(
      duration(60_000, 100 * YEAR_MS),
      'Older events are cleared away, and recognised all the same when they come again; all are kept without it',
    ),
    keep_size: optionalKey(
      size(2 ** 20, 2 ** 50),
      'The oldest events are cleared away when all together are larger; all are kept without it',
    ),
  },
  gcn: {
    topics: key(
      list(text),
      'Topics of GCN that are followed, such as `gcn.classic.voevent.SWIFT_BAT_GRB_POS_ACK`; none when empty',
      '',
    ),
    brokers: key(list(endpoint(9092)), 'Kafka servers', 'kafka.gcn.nasa.gov:9092'),
    tls: key(
      yesOrNo,
      'By TLS, with the credentials in the variables GCN_CLIENT_ID and GCN_CLIENT_SECRET (https://gcn.nasa.gov/quickstart)',
      'yes',
    ),
    token_url: key(
      text,
      'Where the credentials are exchanged for a token',
      'https://auth.gcn.nasa.gov/oauth2/token',
    ),
    group: key(
      text,
      'Consumer group: the server remembers under this name how far we are, so it must be our own and stay the same',
      'pyros',
    ),
    heartbeat_timeout: key(
      duration(1000, YEAR_MS),
      'GCN counts as dead when neither a notice nor its heartbeat has come for so long',
      '60s',
    ),
  },
} satisfies Record<string, SectionSchema>;

/** What is done with an event that is not quite right. */
function verdict(what: string, source: string, defaultText: string) {
  return key(oneOf('take', 'mark', 'refuse'), `What is done with ${what} from ${source}`, defaultText);
}

/** Keys that every agent has. */
export const AGENT_KEYS = {
  ip: key(ipAddress, 'Address at which the agent listens and others reach it'),
  receive_port: key(port, 'TCP port at which the agent receives messages'),
  plain_port: optionalKey(
    port,
    'A second port, at 127.0.0.1 and always without TLS, for messages by hand from this host',
  ),
} satisfies SectionSchema;

/** What drives a device, and where it is at an INDI server. */
function driverKeys(what: string) {
  return {
    driver: key(oneOf('simulator', 'indi'), what, 'simulator'),
    indi_host: key(text, 'Host of the INDI server (`driver = indi`)', '127.0.0.1'),
    indi_port: key(port, 'Its TCP port', '7624'),
    indi_device: optionalKey(
      text,
      'Name of the device at the INDI server, such as `CCD Simulator`; must be given with `driver = indi`',
    ),
  } satisfies SectionSchema;
}

/** Keys of the cameras. */
const CAMERA_KEYS = {
  ...driverKeys('What drives the camera'),
  width: key(integer(16, 8192), 'Pixels of a row of the simulated camera', '512'),
  height: key(integer(16, 8192), 'Pixels of a column of the simulated camera', '512'),
  pixel_scale: key(number(0.01, 60, 'arcsec'), 'Sky that one pixel of the simulated camera sees', '1.5'),
  detector: optionalKey(text, 'Name of the detector, for the headers; without it that of the INDI device'),
  position_angle: key(
    number(-360, 360, 'degrees'),
    'Of an INDI camera: the direction on the sky in which its rows follow one another, from north by east; of a mount that tells its side of the pier: on the west side, the other is turned by 180',
    '0',
  ),
  gain: key(number(0.001, 1000, 'electrons'), 'In one unit of a pixel of an INDI camera', '1'),
  read_noise: key(number(0, 1000, 'electrons'), 'Of an INDI camera; 0 when it is not known', '0'),
  indi_active: key(
    list(indiName),
    'Devices that the INDI camera looks at, such as `ACTIVE_FILTER:Filter Simulator`; as they are when empty',
    '',
  ),
  telescope_name: key(text, 'Name of the telescope, for the headers', 'PyROS simulator'),
  focal_length: key(
    number(1, 1e6, 'mm'),
    'Of the telescope, for the headers; with the pixels of an INDI camera it gives the scale',
    '1240',
  ),
  aperture: key(number(1, 1e5, 'mm'), 'Of the telescope, for the headers', '310'),
} satisfies SectionSchema;

/** Keys of single agents, besides {@link AGENT_KEYS}. The names are the agents that come with PyROS. */
export const AGENT_SECTIONS = {
  majordome: {
    voters: key(
      list(text),
      'Agents without whose consent nothing is observed, such as `dome`, which consents while it is open: no sequence begins, and the one that goes on is interrupted and placed anew',
      '',
    ),
    dome_sun_altitude: key(
      number(-18, 10, 'degrees'),
      'The dome is open while the Sun is lower and it is safe; who locks it (`DO DOME LOCK`) keeps it as it is',
      '-3',
    ),
    heartbeat: key(
      duration(10_000, 300_000),
      'When the PLC has had no sign of life from the majordome for so long, it closes the dome',
      '60s',
    ),
  },
  alert_manager: {},
  scheduler: {},
  voevent_broker: {
    vtp_ip: key(ipAddress, 'Address at which authors send VOEvents', '127.0.0.1'),
    vtp_port: key(port, 'TCP port at which authors send VOEvents (VTP)', '8098'),
    local_ivorn: key(text, 'IVORN of this broker, in its answers', 'ivo://org.pyros/broker'),
    event_limit: key(
      size(1024, 2 ** 28),
      'Largest VOEvent that is taken; at least 4 KiB less than `payload_limit`',
      '4MiB',
    ),
  },
  telescope: {
    ...driverKeys('What drives the telescope'),
    max_speed: key(number(0.01, 100, 'deg/s'), 'Highest speed of the simulated mount', '10'),
    focal_length: optionalKey(number(1, 1e6, 'mm'), 'Told to the INDI mount, together with `aperture`'),
    aperture: optionalKey(number(1, 1e5, 'mm'), 'Told to the INDI mount, together with `focal_length`'),
    voters: key(
      list(text),
      'Agents without whose consent it points nowhere, such as `dome`, which consents while it is open; it parks all the same',
      '',
    ),
    tolerance: key(
      number(1, 3600, 'arcsec'),
      'An INDI mount that has arrived farther from its target is sent again',
      '20',
    ),
    sun_distance: key(
      number(0, 90, 'degrees'),
      'Nearest to the Sun that it points while the Sun is up, until `SET TELESCOPE LIMIT.SUN`',
      '30',
    ),
    max_hour_angle: key(
      number(0, 180, 'degrees'),
      'Farthest from the meridian that it points, until `SET TELESCOPE LIMIT.HA`',
      '180',
    ),
    horizon_mask: key(
      list(skyPoint),
      'Line below which it does not point: points `azimuth:altitude` in degrees, joined by straight lines',
      '',
    ),
  },
  camera_vis: CAMERA_KEYS,
  camera_nir: CAMERA_KEYS,
  filterwheel_vis: {
    ...driverKeys('What drives the filter wheel'),
    filters: key(
      list(text),
      'Names of the filters of the simulated wheel, in the order of their places; an INDI wheel has its own',
      "g', r', i', z', clear, dark",
    ),
  },
  focuser: {
    ...driverKeys('What drives the focuser'),
    steps: key(integer(100, 10_000_000), 'The last step that the simulated focuser reaches', '20000'),
    autofocus_step: key(integer(1, 1_000_000), 'Steps between two images of DO FOCUSER AUTOFOCUS', '200'),
    steps_per_degree: key(
      number(-100_000, 100_000, 'steps per C'),
      'How far the best focus moves when the telescope grows warmer (`SET FOCUSER TEMPCOMP ON`)',
      '-20',
    ),
    sharp: key(integer(0, 10_000_000), 'Where the simulated telescope is sharp, at 10 C', '10350'),
  },
  dome: {
    ...driverKeys('What drives the dome'),
    voters: key(
      list(text),
      'Agents that must say that it is safe: the dome opens and stays open only while all do; `SET DOME` cannot change that',
      'weather, plc',
    ),
    votes_to: key(
      list(text),
      'Agents that are told at once whether the dome is open',
      'majordome, telescope',
    ),
  },
  plc: {
    driver: key(oneOf('simulator'), 'What the PLC is', 'simulator'),
    votes_to: key(list(text), 'Agents that are told at once whether it is safe', 'dome, telescope'),
    closes: key(text, 'Agent of the dome that a simulated PLC closes', 'dome'),
  },
  weather: {
    ...driverKeys('What the weather station is'),
    votes_to: key(list(text), 'Agents that are told at once whether it is safe', 'dome'),
    sensors: key(
      list(oneOf('wind', 'humidity', 'cloud', 'rain')),
      'What the station must measure: it is not safe while one of these is missing or old',
      'wind, humidity, cloud, rain',
    ),
    max_wind: key(
      number(0, 50, 'm/s'),
      'Strongest wind in which it is safe, until `SET WEATHER LIMIT.WIND`',
      '15',
    ),
    max_humidity: key(number(0, 100, '%'), 'Highest humidity at which it is safe', '90'),
    max_cloud: key(number(0, 100, '%'), 'Most clouds under which it is safe', '80'),
    hold_off: key(duration(0, 3_600_000), 'How long it must have been good before it is safe again', '10min'),
    max_age: key(duration(1000, 3_600_000), 'A reading that is older counts as unsafe', '60s'),
  },
  task_broker: {
    max_queue_length: key(
      integer(1, 100_000_000),
      'Tasks that may wait in one queue; beyond it a call is refused with `QUEUE_FULL`',
      '1000000',
    ),
    store_limit: key(
      size(2 ** 20, 2 ** 42),
      'How large the store of tasks and results may grow; beyond it a call is refused with `BROKER_FULL`',
      '4GiB',
    ),
    max_deliveries: key(
      integer(1, 1000),
      'How often a task is delivered whose worker was lost each time, before it is set aside',
      '5',
    ),
    worker_patience: key(
      duration(100, 3_600_000),
      'How long a worker whose connection was lost may take to come back, when it cannot be seen that it has died',
      '10s',
    ),
  },
} satisfies Record<string, SectionSchema>;

/** Keys of a section `[strategy.NAME]`: how one kind of alert is observed. */
export const STRATEGY_KEYS = {
  streams: key(
    list(text),
    'IVORN prefixes this strategy is for (`*` for all); the longest that fits wins',
    '*',
  ),
  packet_types: key(
    list(text),
    'Kinds of packets it is for, by name or GCN number, such as `SWIFT_BAT_GRB_POS_ACK, 67`; all when empty',
    '',
  ),
  relations: key(
    list(oneOf('new', 'update')),
    'Whether it is for the first packet of a transient, for later ones that place it better, or both',
    'new, update',
  ),
  min_importance: key(
    number(0, 1, ''),
    'Alerts that say of themselves that they are less important are not followed',
    '0',
  ),
  max_age: optionalKey(
    duration(1000, YEAR_MS),
    'Alerts of a trigger that is older are not followed; all are without it',
  ),
  max_error: key(number(0, 180, 'degrees'), 'Alerts with a larger error radius are not followed', '5'),
  filter: key(text, 'Filter of the images', 'r'),
  exposure: key(duration(1, 3_600_000), 'Exposure time of each image', '10s'),
  count: key(integer(1, 9999), 'Number of images', '3'),
  nir_filter: key(text, 'Filter of the images of the infrared channel, for their headers', 'J'),
  nir_exposure: optionalKey(
    duration(1, 3_600_000),
    'Exposure time of each image of the infrared channel (`camera_nir`), taken beside the others; without it there are none',
  ),
  nir_count: key(integer(1, 9999), 'Number of images of the infrared channel', '3'),
  priority: key(integer(0, 9), 'Rank among requests, 9 highest', '5'),
  interrupt: key(
    oneOf('yes', 'no'),
    'Whether such an alert is a target of opportunity: it ends a sequence of lower rank that is observed now',
    'yes',
  ),
} satisfies SectionSchema;

/** Keys of the section of an agent that does not come with PyROS. */
export const FOREIGN_AGENT_KEYS = {
  application: key(
    text,
    'Module of an agent of your own: its default export is its AppConfig; relative to the folder of this file',
  ),
} satisfies SectionSchema;

/** Names of the agents that come with PyROS. */
export type AgentName = keyof typeof AGENT_SECTIONS;

/** Names of the agents that come with PyROS, as in the INI file. */
export const AGENT_NAMES = Object.keys(AGENT_SECTIONS) as readonly AgentName[];
