// Whether a task listens to its signal: only then is there something to wait for when it is told to end.
import { getEventListeners } from 'node:events';

/**
 * A signal that `AbortSignal.any` has made of this one counts when somebody listens to that. Node tells of these nowhere
 * but under a symbol of its own; should that go, they do not count.
 */
export function isListenedTo(signal: AbortSignal): boolean {
  return getEventListeners(signal, 'abort').length > 0 || dependents(signal).some(isListenedTo);
}

/** Node's own kinds of Set and WeakRef: they have the slots of the usual ones, and are no instances of them. */
function dependents(signal: AbortSignal): AbortSignal[] {
  const key = Object.getOwnPropertySymbols(signal).find(
    ({ description }) => description === 'kDependantSignals',
  );
  const found: unknown = key && (signal as unknown as Record<symbol, unknown>)[key];
  try {
    const references = [...Set.prototype.values.call(found as Set<WeakRef<AbortSignal>>)];
    const signals = references.map((reference) => WeakRef.prototype.deref.call(reference));
    return signals.filter((one): one is AbortSignal => one instanceof AbortSignal);
  } catch {
    return [];
  }
}
