// What a task is told of its call.
import type { TaskMessage } from '../message.js';
import type { TaskRequest } from '../task.js';
import type { RunOrder } from './child-messages.js';

/** Of the message, and of how it came here. */
export function taskRequest(
  order: Pick<RunOrder, 'queue' | 'priority' | 'redelivered'>,
  { headers, properties }: TaskMessage,
  [args, kwargs]: readonly [unknown[], Record<string, unknown>, ...unknown[]],
  hostname: string,
  signal: AbortSignal,
): TaskRequest {
  return {
    id: headers.id,
    task: headers.task,
    args,
    kwargs,
    retries: headers.retries ?? 0,
    eta: headers.eta ?? null,
    expires: headers.expires ?? null,
    rootId: headers.root_id ?? headers.id,
    parentId: headers.parent_id ?? null,
    group: headers.group ?? null,
    groupIndex: headers.group_index ?? null,
    hostname,
    deliveryInfo: {
      exchange: '',
      routingKey: order.queue,
      priority: order.priority,
      redelivered: order.redelivered,
    },
    headers,
    timelimit: headers.timelimit ?? [null, null],
    replyTo: properties.reply_to ?? '',
    correlationId: properties.correlation_id ?? headers.id,
    signal,
    calledDirectly: false,
  };
}
