// Signatures as they stand in messages: the kinds that Celery has, made and told apart.
import type { SignatureData } from '../message.js';

/** Options of a signature, by Celery's names for the arguments of `apply_async`. */
export type WireOptions = Record<string, unknown>;

/** Makes ids of calls. */
export type NewId = () => string;

/** Whether a value of anybody's looks like a signature. */
export function isSignature(value: unknown): value is SignatureData {
  return typeof (value as SignatureData | null)?.task === 'string';
}

/** Nothing else than what goes into a message. */
export function plain(signature: SignatureData): SignatureData {
  const { task, args, kwargs, options, subtask_type, immutable } = signature;
  const { chord_size: size } = signature as { chord_size?: unknown };
  return {
    task,
    args: [...(args ?? [])],
    kwargs: { ...kwargs },
    options: { ...options },
    subtask_type: subtask_type ?? null,
    immutable: immutable ?? false,
    ...(size !== undefined && { chord_size: size }),
  };
}

export function chainData(tasks: SignatureData[], options: WireOptions = {}): SignatureData {
  return composite('celery.chain', 'chain', { tasks }, options);
}

export function groupData(tasks: SignatureData[], options: WireOptions = {}): SignatureData {
  return composite('celery.group', 'group', { tasks }, options);
}

export function chordData(
  header: SignatureData,
  body: SignatureData,
  options: WireOptions = {},
): SignatureData {
  return composite('celery.chord', 'chord', { kwargs: {}, header, body }, options);
}

/** `kind` is `chunks`, `xmap` or `xstarmap`; only the first is made of several calls. */
export function mapData(kind: 'map' | 'starmap', task: SignatureData, it: unknown[]): SignatureData {
  return { ...composite(`celery.${kind}`, `x${kind}`, { task, it }, {}), immutable: true };
}

export function chunksData(task: SignatureData, it: unknown[], n: number): SignatureData {
  return { ...composite('celery.chunks', 'chunks', { task, it, n }, {}), immutable: true };
}

function composite(
  task: string,
  kind: string,
  kwargs: Record<string, unknown>,
  options: WireOptions,
): SignatureData {
  return { task, args: [], kwargs, options, subtask_type: kind, immutable: false };
}

/** What a signature is: a call, or made of others. */
export function kindOf({ subtask_type: kind }: SignatureData): 'call' | 'chain' | 'group' | 'chord' {
  if (kind === 'chain' || kind === 'chord') return kind;
  return kind === 'group' || kind === 'chunks' ? 'group' : 'call';
}

/** Steps of a chain, or members of a group; those of chunks are made here. */
export function tasksOf({ subtask_type: kind, kwargs }: SignatureData): SignatureData[] {
  if (kind !== 'chunks') return listOf(kwargs['tasks']);
  const { task, it, n } = kwargs as { task: SignatureData; it: unknown[]; n: number };
  const size = Math.max(1, Math.floor(n));
  const parts = Array.from({ length: Math.ceil(it.length / size) }, (_, index) =>
    it.slice(index * size, (index + 1) * size),
  );
  return parts.map((part) => mapData('starmap', task, part));
}

/** Header and body of a chord; Celery also writes the header as a list. */
export function partsOf({ kwargs }: SignatureData): { header: SignatureData; body: SignatureData } {
  const { header, body } = kwargs as { header: SignatureData | SignatureData[]; body: SignatureData };
  return { header: Array.isArray(header) ? groupData(header) : header, body };
}

/** A list, or one, or none. */
export function listOf(value: unknown): SignatureData[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]) as SignatureData[];
}

/** The calls of which a signature is made, in the order in which they run. */
export function callsOf(signature: SignatureData): SignatureData[] {
  const kind = kindOf(signature);
  if (kind === 'call') return [signature];
  if (kind !== 'chord') return tasksOf(signature).flatMap(callsOf);
  const { header, body } = partsOf(signature);
  return [...callsOf(header), ...callsOf(body)];
}
