import t, { type Test } from 'tap';
import { FrameBounds } from '../../src/mesh/frame-bounds.js';
import { IncomingPeer } from '../../src/mesh/incoming-peer.js';
import { IncomingRoom } from '../../src/mesh/incoming-room.js';
import { UnreadAnswers } from '../../src/mesh/unread-answers.js';
import type { Connection, ConnectionEvents } from '../../src/socket/index.js';
import { until } from '../helpers/until.js';

const KIB = 1024;
const frame = `Take\tbytes=${50 * KIB}\n${'x'.repeat(50 * KIB)}\n`;

/** A peer whose connection is driven by hand. */
function handPeer(t: Test, frameTimeoutMs: number) {
  const said: string[] = [];
  let events: ConnectionEvents | undefined;
  const connection = {
    peer: 'hand',
    remoteAddress: '127.0.0.1',
    bufferedBytes: 0,
    closed: false,
    lastReadMs: 0,
    start: (all: ConnectionEvents) => {
      events = all;
    },
    send: (text: string) => said.push(text),
    destroy: ({ message }: Error) => {
      said.push(message);
      events?.onClose?.();
    },
    closeWhenIdle: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    end: () => undefined,
  };
  const frameLimits = { headerLimit: KIB, payloadLimit: 64 * KIB };
  const limits = {
    ...frameLimits,
    bounds: new FrameBounds(frameLimits, 'REPLY_TOO_LARGE', 'the answer'),
    firstByteTimeoutMs: 10_000,
    idleTimeoutMs: 10_000,
    frameTimeoutMs,
    usualDeadlineMs: 10_000,
    answerLimitBytes: 64 * KIB,
    room: new IncomingRoom(128 * KIB, 16),
    unread: new UnreadAnswers(128 * KIB, 16),
  };
  const owner = {
    onFrame: () => undefined,
    isMessage: () => false,
    onBadPeer: () => undefined,
    transaction: () => Promise.reject(new Error('none')),
  };
  const peer = new IncomingPeer(connection as unknown as Connection, owner, limits, () => undefined);
  t.teardown(() => events?.onClose?.());
  return {
    peer,
    connection,
    said,
    room: limits.room,
    push: (text: string) => events?.onData(Buffer.from(text)),
  };
}

const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

t.test('[mesh] frame_timeout: a peer that reads a little now and then keeps no room', async (t) => {
  const { peer, connection, said, push } = handPeer(t, 200);
  push(frame.slice(0, -1));
  connection.bufferedBytes = 50 * KIB;
  const often = setInterval(() => {
    peer.resume('answers');
    peer.pause('answers');
  }, 20);
  t.teardown(() => clearInterval(often));
  await until(20_000, () => said.length > 0);
  t.same(said, ['it does not read its answers']);
});

t.test('a peer that is read from now and then has its time for all of them together', async (t) => {
  const { peer, said, push } = handPeer(t, 200);
  push(frame.slice(0, -1));
  const often = setInterval(() => {
    peer.pause('answers');
    peer.resume('answers');
  }, 20);
  t.teardown(() => clearInterval(often));
  await until(20_000, () => said.length > 0);
  t.match(said, [/not complete after 200 ms/]);
});

t.test('what is not its fault does not count', async (t) => {
  const { peer, connection, said, push } = handPeer(t, 100);
  push(frame.slice(0, -1));
  peer.pause('answers');
  await passed(300);
  connection.bufferedBytes = 50 * KIB;
  peer.pause('mailbox');
  await passed(300);
  t.same(said, [], 'answers that wait for one before them, and a full mailbox');
});

t.test('frames without a gap between them have their time each', async (t) => {
  const { said, push } = handPeer(t, 1_000);
  push(frame.slice(0, 10));
  for (let n = 0; n < 13; n += 1) {
    await passed(100);
    push(frame.slice(10) + frame.slice(0, 10));
  }
  t.same(said, []);
});

t.test('large messages without a gap between them wait for their turn each', async (t) => {
  const { said, room, push } = handPeer(t, 10_000);
  push(frame.slice(0, -1));
  const other = room.claim('other', {
    hold: () => said.push('the other waits'),
    release: () => said.push('the other has its turn'),
  });
  other.look(50 * KIB, 50 * KIB);
  push(`\n${frame.slice(0, -1)}`);
  t.same(said, ['the other waits', 'the other has its turn']);
  t.equal(room.waiting, 1, 'and the next of the first one waits');
});
