import t from 'tap';
import { mostFiles } from '../helpers/most-files.js';
import { Stranger } from '../helpers/stranger.js';
import { target, unharmed } from '../helpers/target-process.js';

const CONNECTIONS = 5_000;

const skip = mostFiles() < CONNECTIONS + 200 && `only ${mostFiles()} open files are allowed (ulimit -n)`;

/** @returns how many of so many peers are answered while all of them stay connected */
async function crowd(port: number): Promise<{ answered: number; leave: () => void }> {
  const peers: Stranger[] = [];
  while (peers.length < CONNECTIONS)
    peers.push(...(await Promise.all(Array.from({ length: 250 }, () => Stranger.open(port)))));
  for (const { socket } of peers) socket.write('Ping\n');
  await Promise.all(peers.map((peer) => peer.replies(1)));
  return {
    answered: peers.filter(({ received }) => received > 0).length,
    leave: () => peers.map(({ socket }) => socket.destroy()),
  };
}

t.test(`${CONNECTIONS} connections at once, more than are allowed`, { skip }, async (t) => {
  const place = await target(t, ['max_connections = 1000']);
  await place.pool.request('target', 'Ping');
  const { answered, leave } = await crowd(place.port);
  t.equal(answered, 999, 'the friend has one');
  leave();
  let next = await Stranger.open(place.port);
  while (next.received === 0) {
    if (next.closed) next = await Stranger.open(place.port);
    next.socket.write('Ping\n');
    await next.replies(1);
  }
  next.socket.destroy();
  await unharmed(t, place);
});

t.test(`${CONNECTIONS} connections at once, fewer than are allowed`, { skip }, async (t) => {
  const place = await target(t, ['max_connections = 6000']);
  const { answered, leave } = await crowd(place.port);
  t.equal(answered, CONNECTIONS);
  leave();
  await unharmed(t, place);
});
