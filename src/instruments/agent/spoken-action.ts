// A sentence as an action of the mesh, with its answers as the grammar wants them for people.
import type { Action, MessageContext } from '../../mesh/index.js';
import {
  type AnswerValues,
  type Command,
  errorLine,
  okLine,
  progressLine,
  type SpokenCommand,
} from '../grammar/index.js';

/**
 * @param understand - what the sentence means, given its payload
 * @param carryOut - does it
 */
export function spokenAction(
  help: string,
  understand: (data: unknown) => SpokenCommand,
  carryOut: (spoken: SpokenCommand, data: unknown, context: MessageContext) => unknown,
): Action {
  // A sentence has the same row each time.
  let command: Command | undefined;
  return {
    help,
    run: (data, context) => {
      const spoken = understand(data);
      command = spoken.command;
      return carryOut(spoken, data, context);
    },
    line: (kind, data) => {
      const values = (data ?? {}) as AnswerValues;
      if (kind === 'PROGRESS') return progressLine(values);
      if (kind === 'OK') return command ? okLine(command, values) : kind;
      return errorLine(String(values['code']), String(values['text']));
    },
  };
}
