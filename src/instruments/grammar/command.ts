// One row of the table of commands, and the types that follow from it.
import type { Kind, OptionalParameter, Parameter } from './kind.js';

/** The parameters of a command by name, in the order of its help; the first may come without its name. */
export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** What an answer bears, by name. */
export type Reply = Readonly<Record<string, Kind<unknown>>>;

/**
 * How a command goes together with one that is going on.
 * - `now`: it is done at once, whatever goes on
 * - `alone`: it goes on for a while, and is refused with `BUSY` while another does
 * - `supersedes`: it goes on for a while, and ends the one that goes on, which is `ABORTED`
 * - `stops`: as `supersedes`, also for who has not the lock, and it goes on when who asked has gone
 */
export type Runs = 'now' | 'alone' | 'supersedes' | 'stops';

/** One row: what a command takes, does and answers. */
export interface Command<P extends Parameters = Parameters, R extends Reply = Reply> {
  /** One line. */
  readonly help: string;
  readonly parameters: P;
  readonly reply: R;
  readonly runs: Runs;
  /** After so many seconds, besides what its parameters ask for, it has failed with `TIMEOUT`. */
  readonly deadlineS: number;
  /** Only a simulated device does it. */
  readonly simulated?: true;
}

/** Whatever a row leaves out. */
interface Options<P extends Parameters, R extends Reply> {
  parameters?: P;
  reply?: R;
  runs?: Runs;
  deadlineS?: number;
  simulated?: true;
}

/** No parameters, or an answer without values. */
type None = Record<never, never>;

const DEFAULT_DEADLINE_S = 10;

/** A row of the table. */
export function command<const P extends Parameters = None, const R extends Reply = None>(
  help: string,
  options: Options<P, R> = {},
): Command<P, R> {
  const { parameters = {} as P, reply = {} as R, runs = 'now', deadlineS = DEFAULT_DEADLINE_S } = options;
  return { help, parameters, reply, runs, deadlineS, ...(options.simulated && { simulated: true }) };
}

/** The commands of a device, by verb and item: `DO GOTO`. An item that ends with `.*` stands for any name there. */
export type CommandTable = Readonly<Record<string, Command>>;

/** The values of the parameters of a command. */
export type ParametersOf<C extends Command> =
  C extends Command<infer P, Reply>
    ? {
        readonly [K in keyof P]: P[K] extends OptionalParameter<infer T>
          ? T | undefined
          : P[K] extends Parameter<infer T>
            ? T
            : never;
      }
    : never;

/** The values of the answer to a command; what is not known is left out. */
export type ReplyOf<C extends Command> =
  C extends Command<Parameters, infer R>
    ? { readonly [K in keyof R]?: R[K] extends Kind<infer T> ? T | undefined : never }
    : never;
