import t from 'tap';
import { kills } from '../../bench/voevent/kills.js';

t.test(
  'the broker is killed in mid-stream: what was acknowledged reaches the alert manager once',
  async (t) => {
    for (const { name, value } of await kills(300, 2)) t.equal(value, 0, name);
  },
);
