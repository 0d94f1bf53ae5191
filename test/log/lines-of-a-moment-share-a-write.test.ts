import { Writable } from 'node:stream';
import t from 'tap';
import { LineBatch } from '../../src/log/line-batch.js';

function target() {
  const pieces: string[] = [];
  let wake = () => undefined as unknown;
  const stream = new Writable({
    decodeStrings: false,
    write(piece: string, _encoding, done) {
      pieces.push(piece);
      wake();
      done();
    },
  });
  const written = () =>
    new Promise((resolve) => {
      wake = () => resolve(undefined);
    });
  return { pieces, stream, written };
}

t.test('lines of one moment are given on together, in their order', async (t) => {
  const { pieces, stream, written } = target();
  const lines = new LineBatch(stream);
  for (const text of ['a\n', 'b\n', 'c\n']) lines.write(text);
  t.same(pieces, []);
  await written();
  t.same(pieces, ['a\nb\nc\n']);
});

t.test('many characters do not wait, nor do lines at the end', async (t) => {
  const { pieces, stream } = target();
  const lines = new LineBatch(stream, 6);
  lines.write('first\n');
  t.same(pieces, ['first\n']);
  lines.write('last\n');
  lines.flush();
  lines.flush();
  t.same(pieces, ['first\n', 'last\n']);
});
