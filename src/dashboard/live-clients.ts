import type { ServerResponse } from 'node:http';

/** So much may wait for one client to read it; whoever is slower is hung up on. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024;
/** One that was told goodbye has so many rounds to read it. */
const ROUNDS_TO_LEAVE = 4;

/** Who watches: each is sent every look, as server-sent events. */
export class LiveClients {
  private readonly clients = new Set<ServerResponse>();
  /** Those that were too slow, and for how many rounds they may still read that. */
  private readonly leaving = new Map<ServerResponse, number>();
  private readonly backlogMax: number;

  constructor(backlogMax = BACKLOG_BYTES_MAX) {
    this.backlogMax = backlogMax;
  }

  /** How many connections are held. */
  get size(): number {
    return this.clients.size + this.leaving.size;
  }

  /** One whose answer has begun, with its headers. */
  add(response: ServerResponse): void {
    // a browser that was cut off comes again after so long, ms
    response.write('retry: 1000\n\n');
    this.clients.add(response);
    // the connection's end, and not the answer's: one that waits behind another answer is not told of it
    response.req.socket.once('close', () => {
      this.clients.delete(response);
      this.leaving.delete(response);
    });
  }

  /** Sends to one. */
  send(response: ServerResponse, event: string, json: string): void {
    response.write(frame(event, json));
  }

  /** Sends to all that keep up. */
  broadcast(event: string, json: string): void {
    this.hangUp();
    const text = frame(event, json);
    for (const client of this.clients) {
      if (client.writableLength > this.backlogMax) this.drop(client);
      else client.write(text);
    }
  }

  /** So that nobody in between takes an idle connection for a dead one. */
  beat(): void {
    this.hangUp();
    for (const client of this.clients) client.write(': beat\n\n');
  }

  /** Ends all of them, with what was sent. */
  close(): void {
    for (const client of this.clients) client.end(frame('end', '{"reason":"the dashboard was ended"}'));
    for (const client of this.leaving.keys()) client.destroy();
  }

  private drop(client: ServerResponse): void {
    this.clients.delete(client);
    this.leaving.set(client, ROUNDS_TO_LEAVE);
    const reason = `more than ${this.backlogMax} bytes were not read; this connection is ended`;
    client.end(frame('dropped', JSON.stringify({ reason })));
  }

  private hangUp(): void {
    for (const [client, rounds] of this.leaving) {
      if (rounds <= 0) client.destroy();
      else this.leaving.set(client, rounds - 1);
    }
  }
}

function frame(event: string, json: string): string {
  return `event: ${event}\ndata: ${json}\n\n`;
}
