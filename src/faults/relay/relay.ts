import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ByteSource } from './byte-source.js';
import type { Filters } from './filters.js';
import { HEAD_END, HEAD_LIMIT, readdressed, refusal, tokenOf } from './http.js';
import { RelayedSession } from './session.js';

interface Route {
  url: string;
  filters: Filters;
  connections: number;
}

/** Serves streaming URLs in the runtime's place, for faults that change what passes. */
export class Relay {
  private readonly routes = new Map<string, Route>();
  private readonly sockets = new Set<Socket>();
  private listening: Promise<Server> | undefined;

  /** A URL at which `url` is served through the filters, until the relay closes. */
  async serve(url: string, filters: Filters): Promise<string> {
    this.listening ??= this.listen();
    const { port } = (await this.listening).address() as AddressInfo;
    const token = randomBytes(6).toString('base64url');
    this.routes.set(token, { url, filters, connections: 0 });
    const path = new URL(url).pathname.replace(/[^/]*$/, token);
    return `http://127.0.0.1:${port}${path}`;
  }

  /** Cuts all sessions. */
  async close(): Promise<void> {
    const server = await this.listening;
    server?.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private async listen(): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.own(client);
      void this.accept(client);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }

  private async accept(client: Socket): Promise<void> {
    const source = new ByteSource(client);
    const head = (await source.through(HEAD_END, HEAD_LIMIT).catch(() => null))?.toString('latin1');
    if (head === undefined) {
      client.destroy();
      return;
    }
    const route = this.route(tokenOf(head) ?? '');
    if (route === undefined) {
      client.end(refusal(404, 'Not Found'));
      return;
    }
    try {
      const admitted = (await route.filters.connect?.(route.connections++)) ?? true;
      if (typeof admitted === 'number') {
        client.end(refusal(admitted, 'refused'));
        return;
      }
      const url = new URL(admitted === true ? route.url : admitted);
      const runtime = await this.connect(url);
      await new RelayedSession(client, runtime, route.filters).run(readdressed(head, url), source);
    } catch (error) {
      client.end(refusal(502, error instanceof Error ? error.message : 'Bad Gateway'));
    }
  }

  private route(token: string): Route | undefined {
    const own = this.routes.get(token);
    return own ?? [...this.routes.values()].reverse().find(({ filters }) => filters.alsoAt?.(token) === true);
  }

  private async connect({ protocol, hostname, port }: URL): Promise<Socket> {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const secure = protocol === 'https:';
    const options = { host, port: Number(port || (secure ? 443 : 80)), allowHalfOpen: true, noDelay: true };
    // The relay has no name that a certificate could be checked against.
    const socket = secure ? connectTls({ ...options, rejectUnauthorized: false }) : connect(options);
    this.own(socket);
    await once(socket, secure ? 'secureConnect' : 'connect');
    return socket;
  }

  private own(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
  }
}
