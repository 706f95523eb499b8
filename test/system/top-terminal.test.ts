import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it, type TestContext } from 'node:test';
import { script } from '../kit/processes.js';
import { TerminalSession, terminalRefusal, type TerminalOptions } from '../kit/terminal-session.js';
import { APBUS, scene, text } from './operator-scene.js';

const ESC = '\u001b';
const LEFT = `${ESC}[?25h${ESC}[?1049l`;
const CRASHING = script(import.meta.url, './actors/crashing-screen.js');
const skip = terminalRefusal();

/** A bus with a channel `ticks`, and the screen of it. */
async function openTop(t: TestContext, options: TerminalOptions = {}): Promise<TerminalSession> {
  const { directory, producer } = await scene(t);
  for (let n = 0; n < 7; n++) producer.write(text(`message ${n}`));
  const command = [process.execPath, APBUS, 'top', '--directory', directory, '--interval', '50'];
  const session = TerminalSession.start(t, command, options);
  await session.shows('ticks');
  return session;
}

async function endsWith(session: TerminalSession, status: string): Promise<void> {
  await session.until(() => session.status !== undefined);
  assert.equal(session.status, status);
  assert.ok(await session.isCooked(), 'the terminal reads lines, and echoes them');
  // what was sent last may be on its way yet
  await session.until(() => session.raw.includes(LEFT));
}

describe('top in a terminal', { skip }, () => {
  it('obeys keys, and leaves the terminal as it was', async (t) => {
    const top = await openTop(t);
    assert.equal(await top.isCooked(), false);
    top.keys('?');
    await top.shows('sort the other way round');
    top.keys(ESC);
    await top.until(() => !top.screen.includes('sort the other way round'));
    top.keys('/nothing');
    await top.shows(`no channel's name contains "nothing"`);
    top.keys(ESC);
    await top.shows(/> ticks/);
    top.keys('\r');
    await top.shows(/producers\n {2}> feed \(\d+\) alive/);
    top.keys(`${ESC}[B`);
    top.keys(ESC);
    await top.shows(/> ticks/);
    top.keys(' ');
    await top.shows(/ paused$/m);
    top.keys('-');
    await top.shows('every 100 ms');
    top.keys('q');
    await endsWith(top, 'exited 0');
  });

  it('draws anew when the terminal gets another size, down to one cell', async (t) => {
    const top = await openTop(t);
    top.resize(5, 30);
    await top.until(() => top.screen.split('\n').length === 5);
    assert.ok(top.screen.split('\n').every((line) => line.length <= 30));
    top.resize(1, 1);
    await top.until(() => top.screen === '~');
    top.resize(30, 120);
    await top.shows(/> ticks/);
    top.keys('\u0003');
    await endsWith(top, 'exited 0');
  });

  it('stops with Ctrl-Z, the terminal restored, and goes on where it was', async (t) => {
    const top = await openTop(t);
    for (const stop of [() => top.keys('\u001a'), () => top.tell({ signal: constants.signals.SIGTSTP })]) {
      stop();
      await endsWith(top, 'stopped');
      top.raw = '';
      top.resize(20, 60);
      top.tell({ continue: true });
      await top.shows(/> ticks/);
      assert.equal(await top.isCooked(), false);
      assert.ok(top.screen.split('\n').length <= 20);
      top.status = undefined;
      top.raw = '';
    }
    top.keys('q');
    await endsWith(top, 'exited 0');
  });

  it('restores the terminal when it is told to end', async (t) => {
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      const top = await openTop(t);
      top.tell({ signal: constants.signals[signal] });
      await endsWith(top, 'exited 0');
    }
  });

  it('restores the terminal before it tells of a bug', async (t) => {
    const crashing = TerminalSession.start(t, [process.execPath, CRASHING]);
    await crashing.shows('a screen');
    crashing.keys('x');
    await endsWith(crashing, 'exited 1');
    await crashing.until(() => crashing.raw.includes('the key x is not expected'));
    assert.ok(crashing.raw.indexOf(LEFT) < crashing.raw.indexOf('the key x is not expected'));
  });

  it('sends nothing to a terminal that is not read, and ends all the same', async (t) => {
    const top = await openTop(t);
    const sent = top.raw.length;
    top.tell({ read: false });
    // each of these changes the screen
    for (let n = 0; n < 200; n++) top.keys('?\u000c');
    for (let n = 0; n < 20; n++) await top.isCooked();
    top.tell({ signal: constants.signals.SIGTERM });
    await top.until(() => top.status !== undefined);
    assert.equal(top.status, 'exited 0');
    top.tell({ read: true });
    await top.isCooked();
    assert.ok(top.raw.length - sent < 40_000, `${top.raw.length - sent} characters`);
  });

  it('ends when the terminal hangs up', async (t) => {
    const top = await openTop(t);
    top.tell({ hangup: true });
    await top.until(() => top.status !== undefined);
    assert.equal(top.status, `killed ${constants.signals.SIGHUP}`);
  });

  it('prints plain lines where a cursor cannot be moved, and no colours where none are wanted', async (t) => {
    const dumb = await openTop(t, { env: { TERM: 'dumb' } });
    await dumb.shows(/ticks[^]*ticks/);
    assert.ok(!dumb.raw.includes(ESC));
    assert.ok(await dumb.isCooked());
    const colourless = await openTop(t, { env: { NO_COLOR: '1' } });
    // oxlint-disable-next-line no-control-regex -- it is what terminals are told
    assert.doesNotMatch(colourless.raw, /\u001b\[3\dm/);
  });
});
