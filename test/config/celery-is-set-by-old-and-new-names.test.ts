import t from 'tap';
import { parseConfig } from '../../src/config/index.js';

const BASE = `[observatory]
name = Test
latitude = 31
longitude = -115
altitude = 2800
[clock]
[logging]
[data]
`;

function mistakesOf(text: string): string {
  try {
    parseConfig(`${BASE}${text}`);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

t.test('without a section there is no Celery', async (t) => {
  t.equal(parseConfig(BASE).celery, undefined);
});

t.test('defaults are those of the page', async (t) => {
  t.match(parseConfig(`${BASE}[celery]\n`).celery, {
    acceptContent: ['pickle', 'json', 'msgpack', 'yaml'],
    taskAcksLate: false,
    taskDefaultQueue: 'celery',
    resultExpires: 86_400_000,
    workerPrefetchMultiplier: 1,
    routes: [],
    workers: [],
  });
});

t.test('old names, and today’s in upper case, mean the same', async (t) => {
  const { celery } = parseConfig(`${BASE}[celery]
CELERY_ACKS_LATE = True
CELERYD_PREFETCH_MULTIPLIER = 4
CELERY_IMPORTS = a.js, b.js
CELERY_TASK_RESULT_EXPIRES = 3600
TASK_TIME_LIMIT = 90
[celery.routes]
my_app.operations.* = my_operations_queue
[celery.workers]
sequences = -Q execute_sequence_q -c 1
`);
  t.match(celery, {
    taskAcksLate: true,
    workerPrefetchMultiplier: 4,
    imports: ['a.js', 'b.js'],
    resultExpires: 3_600_000,
    taskTimeLimit: 90_000,
    routes: [{ pattern: 'my_app.operations.*', queue: 'my_operations_queue' }],
    workers: [{ name: 'sequences', options: ['-Q', 'execute_sequence_q', '-c', '1'] }],
  });
});

t.test('mistakes are named with their lines', async (t) => {
  t.match(mistakesOf('[celery]\ntask_acks_late = maybe\n'), /10.*task_acks_late.*"maybe".*true or false/s);
  t.match(mistakesOf('[celery]\ntask_acks = true\n'), /task_acks.*unknown key/s);
  t.match(mistakesOf('[celery]\nCELERY_ACKS_LATE = true\ntask_acks_late = true\n'), /one of them/);
  t.match(mistakesOf('[celery]\naccept_content = json, xml\n'), /accept_content/);
  for (const name of ['task_serializer', 'CELERY_RESULT_SERIALIZER'])
    t.match(
      mistakesOf(`[celery]\n${name} = pickle\n`),
      /_serializer.*"pickle".*json, msgpack or yaml: pickle is only read/is,
    );
  t.match(mistakesOf('[celery]\n[celery.routes]\na.b = no queue\n'), /"no queue".*a queue/s);
  t.match(mistakesOf('[celery]\n[celery.rooutes]\n'), /celery\.routes/);
});
