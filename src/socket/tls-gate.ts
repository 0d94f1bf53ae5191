// The TLS side of a listening port: takes bare connections, and lets through those that prove themselves in time.
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { handshakeReason } from './handshake-reason.js';
import { contextOptions, proofMissing, SECRET_IDENTITY, type TlsCredentials } from './tls-credentials.js';

/** What becomes of connections at the gate. */
export interface TlsGateEvents {
  onSecure(socket: TLSSocket): void;
  onRefused(remoteAddress: string, reason: string): void;
}

export class TlsGate {
  /** Connections whose handshake is under way, by {@link peerKey}. */
  readonly #waiting = new Map<string, { socket: Socket; address: string }>();
  readonly #server: Server;
  #credentials: TlsCredentials;

  constructor(
    credentials: TlsCredentials,
    handshakeTimeoutMs: number,
    private readonly events: TlsGateEvents,
  ) {
    this.#credentials = credentials;
    // This server listens nowhere: it is handed connections that were looked at before.
    this.#server = createServer({
      ...contextOptions(credentials),
      ...this.#proof(credentials),
      handshakeTimeout: handshakeTimeoutMs,
    });
    this.#server.on('secureConnection', (socket: TLSSocket) => this.#secure(socket));
    this.#server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      this.#refuse(peerKey(socket), handshakeReason(error));
      // Never the bare socket from here: Node 20 crashes when that goes while its TLS is at work.
      socket.destroy();
    });
  }

  /** How many handshakes are under way. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes a bare connection. */
  take(socket: Socket, address: string): void {
    const key = peerKey(socket);
    this.#waiting.set(key, { socket, address });
    socket.once('close', () => this.#refuse(key, handshakeReason('ECONNRESET')));
    // Who closes a side during the handshake has given it up: that is told at once. The TLS socket inherits this.
    socket.allowHalfOpen = false;
    this.#server.emit('connection', socket);
  }

  /**
   * New handshakes are done with these; connections that are open stay.
   * @throws Error of OpenSSL when they are no good; the old ones stay
   */
  renew(credentials: TlsCredentials): void {
    if (credentials.kind === 'certificate') this.#server.setSecureContext(contextOptions(credentials));
    this.#credentials = credentials;
  }

  /** Closes the connections that have not got through. */
  close(): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { socket } of all) socket.destroy();
  }

  #proof({ kind }: TlsCredentials) {
    // rejectUnauthorized would close without a reason: the proof is looked at in #secure.
    if (kind === 'certificate') return { requestCert: true, rejectUnauthorized: false };
    return { pskCallback: (_: TLSSocket, identity: string) => this.#secretOf(identity) };
  }

  #secretOf(identity: string): Uint8Array | null {
    return identity === SECRET_IDENTITY && this.#credentials.kind === 'secret' ? this.#credentials.key : null;
  }

  #secure(socket: TLSSocket): void {
    const key = peerKey(socket);
    // From here on a peer may close its side and wait for answers.
    socket.allowHalfOpen = true;
    const missing = proofMissing(socket, this.#credentials);
    if (missing !== undefined) {
      this.#refuse(key, handshakeReason(missing));
      socket.destroy();
      // A connection that was closed here in the meantime is not let in.
    } else if (this.#waiting.delete(key)) this.events.onSecure(socket);
    else socket.destroy();
  }

  /** Tells once for each connection. */
  #refuse(key: string, reason: string): void {
    const peer = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (peer) this.events.onRefused(peer.address, reason);
  }
}

/** The TLS socket that node:tls makes has the same peer as the bare one, and no other link to it. */
function peerKey({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
