import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { isControl, type Control, type ExchangeSettings } from './exchange.js';

const FILE = fileURLToPath(new URL('receiver.js', import.meta.url));

/** The receiving side as the sending side holds it. Emits `control`, and `error` when it ends by itself. */
export class Counterpart extends EventEmitter<{ control: [Control]; error: [Error] }> {
  readonly child: ChildProcess | undefined;
  readonly port: MessagePort | undefined;
  private readonly thread: Worker | undefined;
  private ending = false;

  constructor(settings: ExchangeSettings) {
    super();
    const hear = (message: unknown): void => {
      if (isControl(message)) this.emit('control', message);
    };
    const ended = (): void => {
      if (!this.ending) this.emit('error', new Error(`the receiving side of ${settings.peer} ended too early`));
    };
    if (settings.peer === 'message-channel') {
      const { port1, port2 } = new MessageChannel();
      this.port = port1;
      this.thread = new Worker(FILE, { workerData: { settings, port: port2 }, transferList: [port2] });
      this.thread.on('message', hear).on('exit', ended);
      return;
    }
    this.child = fork(FILE, [JSON.stringify(settings)], { serialization: 'advanced' });
    this.child.on('message', hear).on('exit', ended);
  }

  /** Resolves when it listens. */
  async ready(settings: ExchangeSettings): Promise<void> {
    await once(this, 'control');
    const { receiverProcessor: processor } = settings;
    if (processor === undefined || this.child === undefined) return;
    spawnSync('taskset', ['-c', '-p', String(processor), String(this.child.pid)], { stdio: 'ignore' });
  }

  async stop(): Promise<void> {
    this.ending = true;
    await this.thread?.terminate();
    if (this.child === undefined || this.child.exitCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill();
    await exit;
  }
}
