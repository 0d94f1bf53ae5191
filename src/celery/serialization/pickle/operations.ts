// The operations of pickles by their codes, after Lib/pickletools.py.
import type { PickleMachine } from './machine.js';
import {
  asciiText,
  floatOfLine,
  integerOfBytes,
  integerOfLine,
  textOfRawUnicode,
  textOfRepr,
} from './numbers-and-texts.js';
import { damaged, refused } from './refused.js';

type Operation = (machine: PickleMachine) => void;

const HIGHEST_PROTOCOL = 5;
/** Of LONG1 and LONG4. */
const MAX_INTEGER_BYTES = 2 ** 20;

const code = (character: string) => character.charCodeAt(0);

const CONSTANTS: Record<number, Operation> = {
  [code('N')]: (m) => m.push(null),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
};

const NUMBERS: Record<number, Operation> = {
  [code('I')]: (m) => m.push(integerOrTruth(m.bytes.line())),
  [code('L')]: (m) => m.push(integerOfLine(m.bytes.line())),
  [code('J')]: (m) => m.push(m.bytes.int32()),
  [code('K')]: (m) => m.push(m.bytes.uint8()),
  [code('M')]: (m) => m.push(m.bytes.uint16()),
  138: (m) => m.push(integerOfBytes(m.bytes.take(m.bytes.uint8()))),
  139: (m) => m.push(longInteger(m)),
  [code('F')]: (m) => m.push(floatOfLine(m.bytes.line())),
  [code('G')]: (m) => m.push(m.bytes.float64()),
};

function integerOrTruth(line: string): number | bigint | boolean {
  return line === '00' || line === '01' ? line === '01' : integerOfLine(line);
}

function longInteger(machine: PickleMachine): number | bigint {
  const length = machine.bytes.int32();
  if (length > MAX_INTEGER_BYTES) throw damaged(`it has an integer of ${length} bytes`);
  return integerOfBytes(machine.bytes.take(length));
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

const TEXTS: Record<number, Operation> = {
  [code('S')]: (m) => m.push(textOfRepr(m.bytes.line())),
  [code('T')]: (m) => m.push(asciiText(latin1(m.bytes.take(m.bytes.int32())))),
  [code('U')]: (m) => m.push(asciiText(latin1(m.bytes.take(m.bytes.uint8())))),
  [code('V')]: (m) => m.push(textOfRawUnicode(m.bytes.line())),
  [code('X')]: (m) => m.push(m.bytes.text(m.bytes.uint32())),
  140: (m) => m.push(m.bytes.text(m.bytes.uint8())),
  141: (m) => m.push(m.bytes.text(m.bytes.uint64())),
  [code('B')]: (m) => m.push(m.bytes.take(m.bytes.uint32())),
  [code('C')]: (m) => m.push(m.bytes.take(m.bytes.uint8())),
  142: (m) => m.push(m.bytes.take(m.bytes.uint64())),
  150: (m) => m.push(m.bytes.take(m.bytes.uint64())),
};

const CONTAINERS: Record<number, Operation> = {
  [code(']')]: (m) => m.pushContainer([]),
  [code('l')]: (m) => m.pushContainer(m.popToMark()),
  [code('a')]: (m) => {
    const item = m.pop();
    m.extend([item]);
  },
  [code('e')]: (m) => m.extend(m.popToMark()),
  [code(')')]: (m) => m.pushContainer([]),
  [code('t')]: (m) => m.pushContainer(m.popToMark()),
  133: (m) => pushTuple(m, 1),
  134: (m) => pushTuple(m, 2),
  135: (m) => pushTuple(m, 3),
  [code('}')]: (m) => m.pushContainer(new Map()),
  [code('d')]: (m) => m.pushDict(m.popToMark()),
  [code('s')]: (m) => {
    const value = m.pop();
    const key = m.pop();
    m.assign([key, value]);
  },
  [code('u')]: (m) => m.assign(m.popToMark()),
  143: (m) => m.pushContainer(new Set()),
  144: (m) => m.include(m.popToMark()),
  145: (m) => m.pushContainer(new Set(m.popToMark())),
};

function pushTuple(machine: PickleMachine, length: number): void {
  const items = Array.from({ length }, () => machine.pop());
  machine.pushContainer(items.reverse());
}

const STACK: Record<number, Operation> = {
  [code('(')]: (m) => m.mark(),
  [code('0')]: (m) => m.drop(),
  [code('1')]: (m) => void m.popToMark(),
  [code('2')]: (m) => m.push(m.top()),
  [code('.')]: (m) => m.stop(),
  [code('p')]: (m) => remember(m, memoIndex(m.bytes.line())),
  [code('q')]: (m) => remember(m, m.bytes.uint8()),
  [code('r')]: (m) => remember(m, m.bytes.uint32()),
  148: (m) => remember(m, m.memo.size),
  [code('g')]: (m) => m.recall(memoIndex(m.bytes.line())),
  [code('h')]: (m) => m.recall(m.bytes.uint8()),
  [code('j')]: (m) => m.recall(m.bytes.uint32()),
  128: (m) => checkProtocol(m.bytes.uint8()),
  // The frame's length: only a reader of streams needs it.
  149: (m) => void m.bytes.uint64(),
};

function remember(machine: PickleMachine, index: number): void {
  machine.memo.set(index, machine.top());
}

function memoIndex(line: string): number {
  if (!/^\d{1,10}$/.test(line)) throw damaged(`"${line.slice(0, 40)}" is no place in memory`);
  return Number(line);
}

function checkProtocol(protocol: number): void {
  if (protocol > HIGHEST_PROTOCOL)
    throw damaged(`it is of protocol ${protocol}: 0 to ${HIGHEST_PROTOCOL} are read`);
}

const CALLS: Record<number, Operation> = {
  [code('c')]: (m) => {
    const module = m.bytes.line();
    m.name(module, m.bytes.line());
  },
  147: (m) => {
    const name = m.pop();
    m.name(m.pop(), name);
  },
  [code('R')]: call,
  129: call,
  [code('b')]: (m) => {
    const state = m.pop();
    m.fill(state);
  },
};

function call(machine: PickleMachine): void {
  const args = machine.pop();
  machine.build(machine.pop(), args);
}

/** What no plain data needs. */
const REFUSED: Record<number, Operation> = {
  [code('i')]: (m) => {
    throw refused(`INST: an object of ${m.bytes.line()}.${m.bytes.line()}`);
  },
  [code('o')]: refusal('OBJ: an object of a class'),
  [code('P')]: (m) => {
    throw refused(`PERSID: the persistent id ${m.bytes.line()}`);
  },
  [code('Q')]: refusal('BINPERSID: a persistent id'),
  130: (m) => {
    throw refused(`EXT1: the extension ${m.bytes.uint8()}`);
  },
  131: (m) => {
    throw refused(`EXT2: the extension ${m.bytes.uint16()}`);
  },
  132: (m) => {
    throw refused(`EXT4: the extension ${m.bytes.int32()}`);
  },
  146: refusal('NEWOBJ_EX: an object of a class'),
  151: refusal('NEXT_BUFFER: a buffer outside of it'),
  152: refusal('READONLY_BUFFER: a buffer outside of it'),
};

function refusal(asked: string): Operation {
  return () => {
    throw refused(asked);
  };
}

/** The operation of each code; holes where there is none. */
export const OPERATIONS: readonly (Operation | undefined)[] = Object.assign(
  new Array<Operation | undefined>(256),
  CONSTANTS,
  NUMBERS,
  TEXTS,
  CONTAINERS,
  STACK,
  CALLS,
  REFUSED,
);
