// Where an error is told that nobody waits for, such as a thread's: the standard error, or the log of an agent's process.

/** Must not throw. */
export type UnheardTeller = (what: string, error: Error) => void;

let teller: UnheardTeller = (what, error) => console.error(`${what}:`, error);

/** Sets where such errors are told in this thread. */
export function setUnheardTeller(next: UnheardTeller): void {
  teller = next;
}

/** Tells an error that nobody waits for. */
export function tellUnheard(what: string, error: Error): void {
  teller(what, error);
}
