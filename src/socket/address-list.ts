// A list of addresses and ranges of addresses, to say who may connect.
import { BlockList, isIP } from 'node:net';
import { SocketError } from './errors.js';

/** Addresses and CIDR ranges, IPv4 and IPv6. An IPv4 address that is written as IPv6 (`::ffff:`) counts as IPv4. */
export class AddressList {
  // BlockList is only a set of addresses: nothing is blocked by it here.
  readonly #list = new BlockList();

  /** @throws SocketError `ADDRESS_INVALID` */
  constructor(ranges: Iterable<string> = []) {
    for (const range of ranges) this.add(range);
  }

  /**
   * Adds an address such as `10.0.0.7` or a range such as `10.0.0.0/8` or `fd00::/8`.
   * @throws SocketError `ADDRESS_INVALID`
   */
  add(range: string): this {
    const [text = '', prefix, ...rest] = range.split('/');
    const address = plainAddress(text);
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
    // A mapped range would need its prefix converted; nobody writes one.
    const isMappedRange = prefix !== undefined && address !== text;
    if (version === 0 || rest.length > 0 || length < 0 || length > bits || isMappedRange) {
      throw new SocketError('ADDRESS_INVALID', `"${range}" is no IP address or CIDR range`);
    }
    this.#list.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
    return this;
  }

  /** Whether an address is on the list or in one of its ranges. What is no address is not. */
  has(address: string): boolean {
    const plain = plainAddress(address);
    const version = isIP(plain);
    return version !== 0 && this.#list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  }
}

/** The addresses of the host itself. */
export const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1'];

/** An address without the prefix of a mapped IPv4 address and without an interface (`fe80::1%eth0`). */
export function plainAddress(address: string): string {
  const [plain = ''] = address.split('%');
  return plain.replace(/^::ffff:(?=\d+\.)/i, '');
}
