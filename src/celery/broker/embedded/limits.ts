// What bounds the embedded broker.

export interface TaskBrokerLimits {
  maxQueueLength: number;
  storeLimitBytes: number;
  maxDeliveries: number;
  workerPatienceMs: number;
  resultExpiresMs: number;
}
