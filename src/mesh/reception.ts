// The peers of one agent: each connection that came in, held to the limits, slowed down when the desk is full.
import type { Config } from '../config/index.js';
import type { Connection } from '../socket/index.js';
import type { ActionDesk } from './action-desk.js';
import { Envelope } from './envelope.js';
import type { Frame } from './frame.js';
import { FrameBounds } from './frame-bounds.js';
import { IncomingPeer, type PeerLimits } from './incoming-peer.js';
import { IncomingRoom } from './incoming-room.js';
import { UnreadAnswers } from './unread-answers.js';

/** What an agent does with what its peers send. */
export interface ReceptionOwner {
  receive(envelope: Envelope): void;
  /** Whether a line without an end is a whole message. */
  isMessage(text: string): boolean;
  onBadPeer(name: string, reason: string): void;
}

/** How long peers may take to read their last answers when the agent stops. */
const FAREWELL_MS = 1_000;

export class Reception {
  readonly #peers = new Set<IncomingPeer>();
  readonly #limits: PeerLimits;
  #onEmpty: () => void = () => undefined;

  constructor(
    private readonly desk: ActionDesk,
    private readonly owner: ReceptionOwner,
    { mesh }: Config,
  ) {
    this.#limits = {
      headerLimit: mesh.headerLimit,
      payloadLimit: mesh.payloadLimit,
      bounds: new FrameBounds(mesh, 'REPLY_TOO_LARGE', 'the answer'),
      firstByteTimeoutMs: mesh.firstByteTimeout,
      frameTimeoutMs: mesh.frameTimeout,
      idleTimeoutMs: mesh.idleTimeout,
      usualDeadlineMs: mesh.requestTimeout,
      answerLimitBytes: mesh.answerLimit,
      room: new IncomingRoom(mesh.incomingBytes, mesh.maxConnections),
      unread: new UnreadAnswers(mesh.answerBytes, mesh.maxConnections),
    };
  }

  /** Open connections. */
  get size(): number {
    return this.#peers.size;
  }

  admit(connection: Connection): void {
    const peerOwner = {
      onFrame: (frame: Frame, peer: IncomingPeer) => {
        const envelope = new Envelope(frame, peer);
        this.owner.receive(envelope);
        // What is answered at once, such as a Ping, does not fill the mailbox, and must not wait for it.
        if (!envelope.answered) this.#slowDown(peer);
      },
      transaction: <T>(envelope: Envelope, change: () => T) => this.desk.transaction(envelope, change),
      isMessage: (text: string) => this.owner.isMessage(text),
      onBadPeer: (peer: IncomingPeer, reason: string) => this.owner.onBadPeer(peer.name, reason),
    };
    const peer = new IncomingPeer(connection, peerOwner, this.#limits, () => this.#gone(peer));
    this.#peers.add(peer);
  }

  /** Tells all actions that run for peers that they are not wanted any more. */
  abortActions(reason: Error): void {
    for (const peer of this.#peers) peer.abortActions(reason);
  }

  /** Sends what is left and closes all; resolves when all have taken it, or after a second. */
  async farewell(): Promise<void> {
    if (this.#peers.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FAREWELL_MS);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
      for (const peer of this.#peers) peer.end();
    });
  }

  #gone(peer: IncomingPeer): void {
    this.#peers.delete(peer);
    if (this.#peers.size === 0) this.#onEmpty();
  }

  /** A full mailbox slows its senders down instead of filling the memory. */
  #slowDown(peer: IncomingPeer): void {
    if (!this.desk.full) return;
    if (peer.pause('mailbox')) this.desk.whenRoom(() => peer.resume('mailbox'));
  }
}
