import t from 'tap';
import { Event } from '../../src/threading/index.js';
import { Answer, SetDeep, Spin, WaitFor, WaitForByPromise } from './threads.js';

t.test('set wakes all waiters, in threads and on the main thread', async (t) => {
  const event = new Event();
  const there = [new Event(), new Event(), new Event()] as const;
  const threads = [
    new WaitFor({ args: [event, there[0]] }).start(),
    new WaitFor({ args: [event, there[1], 60] }).start(),
    new WaitForByPromise({ args: [event, there[2]] }).start(),
  ];
  const onMain = [event.wait(), event.wait(60)];
  await Promise.all(there.map((one) => one.wait()));
  t.equal(event.isSet(), false);
  event.set();
  t.same(await Promise.all(onMain), [true, true]);
  await Promise.all(threads.map((thread) => thread.join()));
  t.same(
    threads.map((thread) => thread.result),
    [true, true, true],
  );
});

t.test('set wakes all at once, not one now and the others when they look again by themselves', async (t) => {
  const event = new Event();
  const startMs = performance.now();
  for (let round = 0; round < 15; round += 1) {
    const waits = [event.wait(), event.wait(), event.wait()];
    event.set();
    await Promise.all(waits);
    event.clear();
  }
  // Else it would take a second per round.
  t.ok(performance.now() - startMs < 8_000);
});

t.test('who waits for an event that is set does not wait, until it is cleared', async (t) => {
  const event = new Event();
  event.set();
  event.set();
  t.equal(event.isSet(), true);
  t.equal(await event.wait(0), true);
  event.clear();
  t.equal(event.isSet(), false);
  t.equal(await event.wait(0), false);
});

t.test('a set that is cleared at once has woken those who waited', async (t) => {
  const event = new Event();
  const waits = [event.wait(), event.wait(60)];
  event.set();
  event.clear();
  t.same(await Promise.all(waits), [true, true]);
});

t.test('wait returns false when the time is up, here and in a thread', async (t) => {
  const thread = new WaitFor({ args: [new Event(), new Event(), 0.02] }).start();
  const startMs = performance.now();
  t.equal(await new Event().wait(0.02), false);
  t.ok(performance.now() - startMs >= 19, 'not before');
  await thread.join();
  t.equal(thread.result, false);
});

t.test('a wait longer than the turn in which it looks again by itself still ends in time', async (t) => {
  const thread = new WaitFor({ args: [new Event(), new Event(), 1.05] }).start();
  t.equal(await new Event().wait(1.05), false);
  await thread.join();
  t.equal(thread.result, false);
});

t.test('a thread sets an event that the main thread awaits', async (t) => {
  const there = new Event();
  const thread = new Spin({ args: [there] }).start();
  t.equal(await there.wait(60), true);
  await thread.terminate();
});

t.test('an event is found anywhere in the arguments, and one object stays one', async (t) => {
  const event = new Event();
  const thread = new SetDeep({ args: [{ deep: { list: [1, event] } }, event] }).start();
  await thread.join();
  t.same(thread.result, [true, true]);
  t.equal(event.isSet(), true);
});

t.test('a wake-up comes at once, not when a waiter looks again by itself', async (t) => {
  const [ping, pong, rounds] = [new Event(), new Event(), 20];
  const thread = new Answer({ args: [ping, pong, rounds] }).start();
  const startMs = performance.now();
  for (let n = 0; n < rounds; n += 1) {
    ping.set();
    await pong.wait();
    pong.clear();
  }
  await thread.join();
  // Without wake-ups it would take a second or two per round.
  t.ok(performance.now() - startMs < 10_000);
});
