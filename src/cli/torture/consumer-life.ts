import { appendFileSync } from 'node:fs';
import { MessageBus } from '../../bus/message-bus.js';
import type { Consumer } from '../../channel/consumer.js';
import { systemClock } from '../../platform/clock.js';
import { loadNative } from '../../platform/load-native.js';
import type { MessageView } from '../../ring/message-view.js';
import { CHANNEL, faultsPath, ledgerPath, witnessPath, type EndpointTask } from './endpoint-task.js';
import { Ledger, Life, Stage } from './ledger.js';
import { Mortality } from './mortality.js';
import { every } from '../pause.js';
import { readMessage } from './payload.js';
import { savedPlaceOf } from './saved-place.js';
import { SharedPage } from './shared-page.js';
import { Witness } from './witness.js';

const CHECK_MS = 20;
const POLL_PAUSE_NS = 20_000;
const TOLD_MAX = 20;

/** A process that reads until it meets its fate or the end of the channel, and has its witness see every message. */
export async function runConsumer(task: EndpointTask): Promise<void> {
  const { directory, service, config, life, mayBeOvertaken } = task;
  const ledger = Ledger.open(ledgerPath(directory));
  const mortality = new Mortality(task, ledger);
  ledger.put(life, Life.PID, process.pid);
  ledger.put(life, Life.STAGE, Stage.ATTACHING);
  const witness = new Witness(SharedPage.open(witnessPath(directory, service)).memory, mayBeOvertaken, teller(task));
  const bus = await MessageBus.open({ service, config, directory });
  const saved = savedPlaceOf(directory, CHANNEL, service);
  const from = witness.joined ? 'resume' : 'oldest';
  const consumer = mortality.attach(() => bus.consumer(CHANNEL, { from }));
  const nowNs = systemClock().monotonicNs();
  witness.attach(consumer.sequence, consumer.lost, nowNs, witness.joined ? saved : undefined);
  ledger.put(life, Life.STAGE, Stage.WORKING);
  const reader = new Reader(consumer, witness, ledger, mortality);
  await reader[task.way]();
  ledger.put(life, Life.STAGE, Stage.CLOSING);
  mortality.during('while closing', () => consumer.close());
  await bus.close();
  ledger.put(life, Life.STAGE, Stage.ENDED);
}

/** Says what the witness finds wrong; the first of it is enough. */
function teller({ directory, service, life }: EndpointTask): (fault: string) => void {
  let told = 0;
  return (fault) => {
    if (told++ < TOLD_MAX)
      appendFileSync(faultsPath(directory), `${service}, life ${life}: ${fault}\n`, { mode: 0o600 });
  };
}

class Reader {
  private seen = 0;
  private readonly consumer: Consumer;
  private readonly witness: Witness;
  private readonly ledger: Ledger;
  private readonly mortality: Mortality;
  private readonly clock = (): number => systemClock().monotonicNs();
  private readonly handle = (message: MessageView): void => {
    const { mortality, witness, consumer } = this;
    const isDue = ++this.seen >= mortality.messages;
    if (isDue && mortality.is('in a handler')) mortality.die();
    const content = readMessage(message.buffer, message.offset, message.length);
    witness.see(message.sequence, content, consumer.lost, this.clock, message.queueLatencyNs);
    if (isDue && mortality.is('after a handler')) mortality.die();
  };

  constructor(consumer: Consumer, witness: Witness, ledger: Ledger, mortality: Mortality) {
    this.consumer = consumer;
    this.witness = witness;
    this.ledger = ledger;
    this.mortality = mortality;
  }

  async wait(): Promise<void> {
    while (!this.isOver()) {
      if (this.consumer.poll(this.handle) === 0) this.consumer.waitSync(CHECK_MS);
      this.mortality.checkParent();
    }
  }

  async poll(): Promise<void> {
    while (!this.isOver()) {
      for (let n = 0; n < 256; n++) if (this.consumer.poll(this.handle) === 0) loadNative().sleep(POLL_PAUSE_NS);
      this.mortality.checkParent();
    }
  }

  async subscribe(): Promise<void> {
    const ending = new AbortController();
    const end = every(CHECK_MS, () => {
      this.mortality.checkParent();
      if (this.isOver()) ending.abort();
    });
    await this.consumer.subscribe(this.handle, { signal: ending.signal });
    end();
  }

  private isOver(): boolean {
    const { mortality } = this;
    if (mortality.is('leaves', 'while closing') && this.seen >= mortality.messages) return true;
    return this.witness.nextSequence >= this.ledger.end;
  }
}
