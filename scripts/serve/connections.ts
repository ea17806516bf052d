/** A limit to open connections under which the endpoint still answers: idle ones make room for new ones. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export class Connections {
  readonly #limit: number;
  /** Longest idle first. */
  readonly #idle = new Set<Socket>();
  readonly #busy = new Map<Socket, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  watch(server: Server): void {
    server.on('connection', (socket) => this.#accept(socket));
  }

  get open(): number {
    return this.#idle.size + this.#busy.size;
  }

  /** A whole request has arrived on it. */
  begin(socket: Socket): void {
    this.#idle.delete(socket);
    this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1);
  }

  /** Its answer is out. */
  end(socket: Socket): void {
    const others = (this.#busy.get(socket) ?? 1) - 1;
    if (others > 0) this.#busy.set(socket, others);
    else if (this.#busy.delete(socket) && !socket.destroyed) this.#idle.add(socket);
  }

  #accept(socket: Socket): void {
    if (this.open >= this.#limit) {
      const [longestIdle] = this.#idle;
      if (longestIdle === undefined) {
        socket.destroy();
        return;
      }
      this.#idle.delete(longestIdle);
      longestIdle.destroy();
    }
    this.#idle.add(socket);
    socket.once('close', () => {
      this.#idle.delete(socket);
      this.#busy.delete(socket);
    });
  }
}
