// One client for each INDI server, shared by all drivers of this process.
import { IndiClient, type IndiClientOptions } from './client.js';

interface Shared {
  client: IndiClient;
  users: number;
}

const clients = new Map<string, Shared>();

/** A client that is shared with others. */
export interface Lease {
  client: IndiClient;
  /** The last one who gives it back closes it. */
  release(): void;
}

/** The client of a server. The first who asks for it decides on clock and limits. */
export function leaseClient(options: IndiClientOptions): Lease {
  const key = `${options.host}:${options.port}`;
  const shared = clients.get(key) ?? { client: new IndiClient(options), users: 0 };
  clients.set(key, shared);
  shared.users += 1;
  let isHeld = true;
  return {
    client: shared.client,
    release: () => {
      if (!isHeld) return;
      isHeld = false;
      shared.users -= 1;
      if (shared.users > 0) return;
      clients.delete(key);
      shared.client.close();
    },
  };
}
