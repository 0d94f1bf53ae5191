// The token by which GCN's Kafka servers know us: OAuth client credentials, exchanged when they are needed.
import { errorText } from '../../errors/index.js';
import { GcnError } from '../errors.js';

/** Who we are, as https://gcn.nasa.gov/quickstart gave it. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenUrl: string;
}

const TIMEOUT_MS = 10_000;
/** A token is renewed so long before it ends. */
const MARGIN_MS = 60_000;
const DEFAULT_LIFE_S = 300;
const SCOPE = 'gcn.nasa.gov/kafka-public-consumer';

/**
 * Gives tokens: a new one only when the last one has ended or is about to.
 * @returns what kafkajs wants; its calls reject with GcnError `GCN_TOKEN`
 */
export function tokenProvider(credentials: ClientCredentials): () => Promise<{ value: string }> {
  let last: { value: string; endMs: number } | undefined;
  return async () => {
    if (!last || performance.now() > last.endMs) last = await fetchToken(credentials);
    return { value: last.value };
  };
}

async function fetchToken({ clientId, clientSecret, tokenUrl }: ClientCredentials) {
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  try {
    const response = await fetch(tokenUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: SCOPE }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`it answers ${response.status} ${response.statusText}`);
    const { access_token: value, expires_in: lifeS } = (await response.json()) as Record<string, unknown>;
    if (typeof value !== 'string') throw new Error('there is no access_token in its answer');
    const lifeMs = (typeof lifeS === 'number' ? lifeS : DEFAULT_LIFE_S) * 1000;
    return { value, endMs: performance.now() + Math.max(lifeMs / 2, lifeMs - MARGIN_MS) };
  } catch (error) {
    // The secret is in no message.
    throw new GcnError(
      'GCN_TOKEN',
      `no token from ${tokenUrl}: ${errorText(error)}; look at GCN_CLIENT_ID and GCN_CLIENT_SECRET`,
      error,
    );
  }
}
