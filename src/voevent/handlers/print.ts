// Prints every event.
import type { Handler } from './handler.js';

/** Writes each event on a stream, with a line end behind it. */
export function printHandler(output: NodeJS.WritableStream = process.stdout): Handler {
  return {
    name: 'print',
    handle: ({ bytes }) =>
      new Promise((resolve, reject) => {
        const text = Buffer.concat([bytes, Buffer.from('\n')]);
        output.write(text, (error) => (error ? reject(error) : resolve()));
      }),
  };
}
