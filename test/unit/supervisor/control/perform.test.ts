import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ControlCommand } from '#src/supervisor/control/messages.js';
import { perform, type Controlled } from '#src/supervisor/control/perform.js';
import type { ServiceStatus } from '#src/supervisor/events.js';

const NAMES = ['a', 'b', 'c'];
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A supervisor that notes what it is asked for, and is done with it when a test says so. */
class FakeSupervisor implements Controlled {
  readonly asked: string[] = [];
  readonly told: string[] = [];
  private readonly waits = new Map<string, () => void>();

  status = (): ServiceStatus[] => NAMES.map((service) => ({ service }) as ServiceStatus);
  inStartOrder = (names: readonly string[]): string[][] =>
    NAMES.filter((name) => names.includes(name)).map((name) => [name]);
  startService = (name: string): void => void this.asked.push(`start ${name}`);
  stopService = (name: string): Promise<void> => this.wait(`stop ${name}`);
  restartService = (name: string): Promise<void> => this.wait(`restart ${name}`);
  settled = (name: string): Promise<void> => this.wait(`settled ${name}`);
  stop = (): Promise<void> => this.wait('stop');

  ask(command: ControlCommand, services: readonly string[], { all = false, wait = true } = {}): Promise<void> {
    const tell = ({ service }: ServiceStatus): void => void this.told.push(service);
    return perform({ id: 'x', command, services, all, wait }, this, tell);
  }

  async done(what: string): Promise<void> {
    await settle();
    this.waits.get(what)?.();
    await settle();
  }

  private wait(what: string): Promise<void> {
    this.asked.push(what);
    return new Promise((resolve) => this.waits.set(what, resolve));
  }
}

describe('what is asked of a supervisor', () => {
  it('ps: is told of every service, and changes nothing', async () => {
    const supervisor = new FakeSupervisor();
    await supervisor.ask('ps', []);
    assert.deepEqual([supervisor.told, supervisor.asked], [NAMES, []]);
  });

  it('start: is begun for all in their order, and told of each as it settles', async () => {
    const supervisor = new FakeSupervisor();
    const asked = supervisor.ask('start', ['c', 'a']);
    await supervisor.done('settled c');
    assert.deepEqual(supervisor.asked, ['start a', 'start c', 'settled a', 'settled c']);
    assert.deepEqual(supervisor.told, ['c']);
    await supervisor.done('settled a');
    await asked;
    assert.deepEqual(supervisor.told, ['c', 'a']);
  });

  it('restart: is done for one after the other, each when the one before has settled', async () => {
    const supervisor = new FakeSupervisor();
    const asked = supervisor.ask('restart', ['b', 'a']);
    await supervisor.done('restart a');
    assert.deepEqual([supervisor.asked, supervisor.told], [['restart a', 'settled a'], []]);
    await supervisor.done('settled a');
    assert.deepEqual([supervisor.asked.at(-1), supervisor.told], ['restart b', ['a']]);
    await supervisor.done('restart b');
    await supervisor.done('settled b');
    await asked;
    assert.deepEqual(supervisor.told, ['a', 'b']);
  });

  it('stop: is done in the opposite order, each when the one before has ended', async () => {
    const supervisor = new FakeSupervisor();
    const asked = supervisor.ask('stop', ['a', 'c']);
    await settle();
    assert.deepEqual(supervisor.asked, ['stop c']);
    await supervisor.done('stop c');
    assert.deepEqual([supervisor.asked, supervisor.told], [['stop c', 'stop a'], ['c']]);
    await supervisor.done('stop a');
    await asked;
    assert.deepEqual(supervisor.told, ['c', 'a']);
  });

  it('stop of all: ends the supervisor, and is told when it has ended', async () => {
    const supervisor = new FakeSupervisor();
    const asked = supervisor.ask('stop', [], { all: true });
    await settle();
    assert.deepEqual([supervisor.asked, supervisor.told], [['stop'], []]);
    await supervisor.done('stop');
    await asked;
    assert.deepEqual(supervisor.told, NAMES);
  });

  it('without waiting: is begun and told of at once, and goes on', async () => {
    const supervisor = new FakeSupervisor();
    await supervisor.ask('restart', ['a', 'b'], { wait: false });
    assert.deepEqual([supervisor.asked, supervisor.told], [['restart a'], ['a', 'b']]);
    await supervisor.done('restart a');
    await supervisor.done('settled a');
    assert.equal(supervisor.asked.at(-1), 'restart b');
    assert.deepEqual(supervisor.told, ['a', 'b']);
  });
});
