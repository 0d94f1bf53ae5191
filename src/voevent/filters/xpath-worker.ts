// The thread in which XPath filters are compiled and evaluated: a costly one costs this thread, never the broker.
import { parentPort, workerData } from 'node:worker_threads';
import { ParseOption, XmlDocument, XmlXPath } from 'libxml2-wasm';
import type { XPathAnswer, XPathOrder } from './xpath-orders.js';

/** For who looks from outside: the id of the filter that is evaluated, or -1, and the number of the evaluation. */
const current = new Int32Array(workerData as SharedArrayBuffer);
const compiled = new Map<number, XmlXPath>();
const OPTIONS = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE;

function answer(order: XPathOrder): XPathAnswer {
  switch (order.kind) {
    case 'compile':
      return { job: order.job, ...compile(order.id, order.text) };
    case 'forget':
      compiled.get(order.id)?.dispose();
      compiled.delete(order.id);
      return { job: order.job };
    case 'evaluate':
      return { job: order.job, verdicts: evaluate(order.bytes, order.ids) };
  }
}

/** An expression is tried on an empty event too: an unknown prefix shows only then. */
function compile(id: number, text: string): { error?: string } {
  try {
    const expression = XmlXPath.compile(text);
    const trial = XmlDocument.fromString('<VOEvent/>');
    try {
      trial.root.eval(expression);
    } catch (error) {
      expression.dispose();
      throw error;
    } finally {
      trial.dispose();
    }
    compiled.set(id, expression);
    return {};
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function evaluate(bytes: Uint8Array, ids: readonly number[]): [id: number, passes: boolean, ms: number][] {
  const document = XmlDocument.fromBuffer(bytes, { option: OPTIONS });
  try {
    return ids.map((id) => {
      Atomics.store(current, 0, id);
      Atomics.add(current, 1, 1);
      const begunMs = performance.now();
      const passes = isTrue(document, compiled.get(id));
      return [id, passes, performance.now() - begunMs];
    });
  } finally {
    Atomics.store(current, 0, -1);
    document.dispose();
  }
}

/** As XPath's own boolean(): something was found, a number that is not zero, a text that is not empty. */
function isTrue(document: XmlDocument, expression: XmlXPath | undefined): boolean {
  if (!expression) return false;
  try {
    const value = document.root.eval(expression);
    return Array.isArray(value) ? value.length > 0 : Boolean(value);
  } catch {
    return false;
  }
}

parentPort?.on('message', (order: XPathOrder) => {
  try {
    parentPort?.postMessage(answer(order));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ job: order.job, verdicts: [], error: reason } satisfies XPathAnswer);
  }
});
