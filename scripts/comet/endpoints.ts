// Places in the network as Comet's command lines write them: `tcp:8098`, `tcp6:8098`, `tcp:127.0.0.1:8099`, `host:port`.
import { InvalidArgumentError } from 'commander';
import { AddressList } from '../../src/socket/index.js';
import type { Endpoint } from '../../src/voevent/index.js';
import { portNumber } from '../commands/common.js';

const ALL_IPV4 = '0.0.0.0';
const ALL_IPV6 = '::';
const LISTENING = /^(?:(tcp6?):)?(?:port=)?(\d+)?(?::interface=(.+))?$/;

/** Where to listen: `PORT`, `tcp:PORT`, `tcp6:PORT`, `tcp:PORT:interface=ADDRESS`, or `ADDRESS:PORT`. */
export function listeningEndpoint(text: string, defaultPort: number): Endpoint {
  const [whole, kind = 'tcp', port, address] = LISTENING.exec(text) ?? [];
  if (whole === undefined) return remoteEndpoint(text, defaultPort);
  const all = kind === 'tcp6' ? ALL_IPV6 : ALL_IPV4;
  return {
    host: address?.replaceAll('\\:', ':') ?? all,
    port: port === undefined ? defaultPort : portNumber(port),
  };
}

/** Whom to follow or send to: `HOST`, `HOST:PORT`, `tcp:HOST:PORT`, `[IPv6]:PORT`, or an IPv6 address. */
export function remoteEndpoint(text: string, defaultPort: number): Endpoint {
  const bare = text.replace(/^tcp6?:/, '').replace(/\b(host|port)=/g, '');
  if (/^(ssl|unix|tls):/.test(text)) throw new InvalidArgumentError('only TCP is spoken here: HOST:PORT');
  const [, bracketed, name, port] = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d+))?$/.exec(bare) ?? [];
  const host = bracketed ?? name ?? (isAddress(bare) ? bare : undefined);
  if (host === undefined)
    throw new InvalidArgumentError(`expected HOST:PORT, such as localhost:${defaultPort}`);
  return { host, port: port === undefined ? defaultPort : portNumber(port) };
}

/** An address or range of those who may connect. */
export function network(text: string): string {
  try {
    new AddressList([text]);
    return text;
  } catch {
    throw new InvalidArgumentError('expected an IP address or range, such as 192.0.2.0/24');
  }
}

function isAddress(text: string): boolean {
  try {
    return text.includes(':') && new AddressList([text]).has(text);
  } catch {
    return false;
  }
}
