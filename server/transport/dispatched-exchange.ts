/** What every exchange over undici has in common: who ends it early, what phase it is in, and what its fault was. */
import type { Dispatcher } from 'undici';
import type { PooledConnection } from './connection-pool.ts';
import type { Deadline } from './deadline.ts';
import { socketFault } from './socket-fault.ts';
import type { TransportError } from './transport-error.ts';

/** As undici gives them: names in lower case. */
export type ReceivedHeaders = Readonly<Record<string, string | string[] | undefined>>;

function isUnframed(headers: ReceivedHeaders): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/**
 * undici tells it how one exchange goes on. A class, and no function is written where it is assigned: V8 puts functions of object
 * literals, and those that are assigned to a property as they are written, among what grows old, and all that they can reach stays
 * with them until the next full collection. Of a request that is all of it.
 */
export abstract class DispatchedExchange {
  protected readonly connection: PooledConnection;
  protected readonly deadline: Deadline;
  protected answerBegan = false;

  constructor(connection: PooledConnection, deadline: Deadline) {
    this.connection = connection;
    this.deadline = deadline;
  }

  dispatch(options: Dispatcher.DispatchOptions): void {
    const { client } = this.connection;
    const destroy = (reason: Error): void => void client.destroy(reason);
    this.deadline.phase = 'send';
    this.deadline.onOver = destroy;
    client.dispatch(options, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { deadline } = this;
    const abort = (reason: Error): void => controller.abort(reason);
    deadline.onOver = abort;
    if (deadline.reason !== undefined) controller.abort(deadline.reason);
  }

  onRequestSent(): void {
    this.deadline.phase = 'answer';
  }

  onResponseStarted(): void {
    this.answerBegan = true;
  }

  /** What broke the connection, where only its orderly end would have said that this was the whole answer (RFC 9112 §6.3). */
  protected breakOfUnframed(headers: ReceivedHeaders): Error | undefined {
    const broken = this.connection.socketError();
    return broken !== undefined && isUnframed(headers) ? broken : undefined;
  }

  protected faultOf(error: Error): TransportError {
    const told = this.connection.socketError() ?? error;
    return socketFault(told, { phase: this.deadline.phase }, this.answerBegan);
  }
}
