import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { MessageBus } from 'alphapulse-bus';
import { inspectDirectory } from '#src/observe/watched-channels.js';
import { startProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { keepPicture, NO_BROWSER, openPage, startBrowser } from './browser.js';
import { dashboardScene, renameConsumer, startDashboard } from './dashboard-scene.js';
import { APBUS } from './operator-scene.js';

const cell = (page: Page, key: string, column: string, table = '#channels') =>
  page.locator(`${table} tr[data-key="${key}"] td[data-column="${column}"]`);

/*
 * What runs in the page is text here: these sources are compiled for Node.js, which has no document.
 */
const ROWS = "document.querySelectorAll('#channels tbody tr').length";
/** Whatever can be worked and has no name for those who cannot see it. */
const UNNAMED = `[...document.querySelectorAll('button, input, select, [role=button]')]
  .filter((one) => !one.closest('[hidden]') && !one.closest('label'))
  .filter((one) => !(one.getAttribute('aria-label') ?? one.textContent.trim()))
  .map((one) => one.outerHTML)`;

/** Whether rows that are sorted anew, and the map when other channels are filtered, leave the focus where it is. */
const FOCUS_KEPT = `(() => {
  const sort = document.querySelector('#channels th[aria-sort="descending"] button');
  const rows = ['fills', 'quotes'].map((name) => {
    const button = document.querySelector('#channels tr[data-key="' + name + '"] button');
    button.focus();
    sort.click();
    return document.activeElement === button;
  });
  const filter = document.querySelector('#filter');
  const type = (text) => {
    filter.value = text;
    filter.dispatchEvent(new Event('input'));
  };
  [...document.querySelectorAll('.node.channel')].find((one) => one.textContent.includes('fills')).focus();
  type('fill');
  const isKept = document.activeElement.closest('.node')?.textContent.includes('fills') === true;
  type('');
  return [...rows, isKept];
})()`;
/** Whether the figures of a busy channel stay when the browser says that the page can be seen again. */
const FROZEN = `(() => {
  const cell = document.querySelector('#channels tr[data-key="quotes"] td[data-column="written"]');
  const before = cell.textContent;
  document.dispatchEvent(new Event('visibilitychange'));
  return cell.textContent === before;
})()`;

/** Of 13:05:09. */
function secondOfDay(time: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return hours * 3600 + minutes * 60 + seconds;
}

/** From the navigation to the first text or picture, by the browser. */
async function firstPaintMs(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const seen = (list) => list.getEntriesByName('first-contentful-paint').forEach((entry) => resolve(entry.startTime));
    new PerformanceObserver(seen).observe({ type: 'paint', buffered: true });
  })`);
}

describe('the page of the dashboard', { skip: NO_BROWSER }, () => {
  let browser: Browser;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());

  it('shows what the segments hold, flow and latencies, a killed service within a second, and its messages', async (t) => {
    const { directory, url, services } = await dashboardScene(t);
    const { page, complaints } = await openPage(t, browser, url);
    const paintMs = await firstPaintMs(page);
    await page.reload();
    const againMs = await firstPaintMs(page);
    t.diagnostic(`first paint ${Math.round(paintMs)} ms in a new browser, ${Math.round(againMs)} ms when loaded again`);
    await page.locator('.node[data-service="risk"][data-mood="good"]').waitFor();
    await page.locator('.edge[data-mood="good"]:not([data-pace="none"])').first().waitFor({ state: 'attached' });
    await page.locator('.chart canvas').first().waitFor();
    await page.waitForTimeout(3000);
    await keepPicture(page, 'light');

    // a killed service, by its own clock
    const { pid } = services.risk;
    const shown = page
      .locator('.node[data-service="risk"][data-mood="bad"]')
      .waitFor()
      .then(() => performance.now());
    const killedMs = performance.now();
    await services.risk.kill();
    const seenMs = (await shown) - killedMs;
    t.diagnostic(`a killed service is shown red after ${Math.round(seenMs)} ms`);
    assert.ok(seenMs < 5000, `${seenMs} ms`);
    await page.locator('#events li', { hasText: 'risk died' }).first().waitFor();
    await page.locator('#findings li', { hasText: 'endpoint-dead' }).first().waitFor();
    assert.match((await page.locator('.node[data-service="risk"]').textContent()) ?? '', new RegExp(`dead · ${pid}`));
    await keepPicture(page, 'killed');

    // what happened before a page was opened is there at once
    const reloaded = await page.evaluate<string>('new Date().toLocaleTimeString(undefined, { hour12: false })');
    await page.reload();
    await page.locator('#events li', { hasText: 'risk died' }).first().waitFor();
    const plot = page.locator('.plot[aria-label^="Messages a second since"]');
    const since = /since (\S+),/.exec((await plot.getAttribute('aria-label')) ?? '')?.[1] ?? '';
    const ageS = (secondOfDay(reloaded) - secondOfDay(since) + 86_400) % 86_400;
    t.diagnostic(`a page that is loaded again shows ${ageS} s from before`);
    assert.ok(ageS >= 3 && ageS < 600, `since ${since}, loaded again at ${reloaded}`);

    // the end of the run: the same figures as in the segments
    for (const name of ['engine', 'strategy', 'feed'] as const) {
      services[name].send('stop');
      await services[name].line('stopped');
    }
    await page.waitForTimeout(1500);
    for (const figures of inspectDirectory(directory)) {
      if ('reason' in figures) assert.fail(figures.reason);
      const name = figures.channel;
      assert.equal(await cell(page, name, 'written').textContent(), String(figures.written), name);
      await page.locator(`#channels tr[data-key="${name}"]`).click();
      for (const one of [...figures.producers, ...figures.consumers]) {
        const of = (column: string): Promise<string | null> =>
          cell(page, `${one.role} ${one.slot}`, column, '#endpoints').textContent();
        assert.equal(await of('name'), one.name);
        assert.equal(await of('state'), one.state);
        if (one.role === 'consumer') assert.equal(await of('messages'), String(one.counters['messages']), one.name);
      }
    }
    await page.locator('#channels tr[data-key="quotes"]').click();
    await page.locator('#inspect button').click();
    await page.locator('#messages summary').last().click();
    await page.locator('#messages h4', { hasText: 'Quote' }).waitFor();
    assert.match((await page.locator('#messages .content dl').textContent()) ?? '', /bidPrice100\.25/);

    // a segment that goes while it is shown
    rmSync(join(directory, 'quotes.ring'));
    await page.locator('#channel-state', { hasText: 'its segment was removed' }).waitFor();
    assert.deepEqual(complaints, []);
  });

  it('is worked with the keyboard, in the dark, and on a narrow screen', async (t) => {
    const { url } = await dashboardScene(t);
    const { page, complaints } = await openPage(t, browser, url, { colorScheme: 'dark' });
    const background = (): Promise<string> => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    await page.locator('#channels tr').nth(3).waitFor();
    assert.equal(await background(), 'rgb(12, 17, 25)');
    await page.waitForTimeout(2000);
    await keepPicture(page, 'dark');

    await page.keyboard.press('/');
    await page.keyboard.type('fill');
    await page.waitForFunction(`${ROWS} === 1`);
    await page.keyboard.press('Escape');
    await page.waitForFunction(`${ROWS} === 3`);
    await page.locator('#channels tr[data-key="fills"] button').focus();
    await page.keyboard.press('Enter');
    await page.locator('#channel-name', { hasText: 'fills' }).waitFor();
    await page.locator('.node.channel', { hasText: 'orders' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('#channel-name', { hasText: 'orders' }).waitFor();
    await page.locator('#channels th button', { hasText: 'written' }).focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#channels th[aria-sort="descending"]').textContent(), 'written');
    assert.deepEqual(
      await page.evaluate(FOCUS_KEPT),
      [true, true, true],
      'in a table that is sorted, in a map drawn anew',
    );
    await page.locator('#pause').focus();
    await page.keyboard.press('Enter');
    await page.waitForTimeout(1000);
    assert.equal(await page.evaluate(FROZEN), true, 'a page that is paused stays so when its tab is shown again');
    await page.locator('#theme').focus();
    await page.keyboard.press('Enter');
    assert.equal(await background(), 'rgb(244, 246, 250)');
    await page.reload();
    await page.locator('#channels tr').nth(3).waitFor();
    assert.equal(await background(), 'rgb(244, 246, 250)', 'what was chosen is kept');
    const unnamed = await page.evaluate<string[]>(UNNAMED);
    assert.deepEqual(unnamed, []);

    await page.setViewportSize({ width: 390, height: 1400 });
    await page.waitForTimeout(500);
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    assert.ok(overflow <= 0, `${overflow} pixels wider than the screen`);
    await keepPicture(page, 'narrow');
    assert.deepEqual(complaints, []);
  });

  it('shows markup in names and messages as text, and asks for a token where it is told to', async (t) => {
    const directory = temporaryDirectory(t);
    const channel = { type: 'SPSC', producer: 'feed', consumer: 'reader' } as const;
    const bus = await MessageBus.open({ service: 'feed', config: { channels: { attacked: channel } }, directory });
    t.after(() => bus.close());
    const markup = '<img src=x onerror=alert(1)>';
    const reader = await MessageBus.open({ service: 'reader', config: { channels: { attacked: channel } }, directory });
    t.after(() => reader.close());
    reader.consumer('attacked');
    bus.producer('attacked').write(new TextEncoder().encode(`<script>alert(1)</script>${markup}`));
    renameConsumer(directory, 'attacked', 0, markup);
    writeFileSync(join(directory, `${markup}.ring`), 'no segment', { mode: 0o600 });
    const tokenFile = join(directory, 'token');
    writeFileSync(tokenFile, 'a-token-of-a-test-0123456789\n', { mode: 0o600 });
    const url = await startDashboard(t, directory, '--token-file', tokenFile);

    const { page, complaints } = await openPage(t, browser, url);
    await page.waitForURL('**/login');
    await page.fill('input[name=token]', 'a-token-of-a-test-0123456789');
    await page.keyboard.press('Enter');
    await page.locator('#channels tr', { hasText: markup }).waitFor();
    await page.locator('#channels tr[data-key="attacked"]').click();
    await page.locator('#endpoints tr', { hasText: markup }).waitFor();
    await page.locator('#inspect button').click();
    await page.locator('#messages summary').first().click();
    await page.locator('#messages pre', { hasText: '<script>alert(1)</script>' }).waitFor();
    await page.waitForTimeout(1000);
    assert.equal(await page.locator('img[src=x], main script').count(), 0);
    assert.deepEqual(complaints, []);
  });

  it('shows a hundred channels a page at a time, and draws those that matter', async (t) => {
    const directory = temporaryDirectory(t);
    const names = Array.from({ length: 100 }, (_, n) => `channel_${String(n).padStart(3, '0')}`);
    const consumers = Array.from({ length: 19 }, (_, n) => `reader_${n}`);
    const one = { type: 'SPMC', producer: 'feed', consumers, bufferSize: '64KB' } as const;
    const config = { channels: Object.fromEntries(names.map((name) => [name, one])) };
    const feed = await MessageBus.open({ service: 'feed', config, directory });
    t.after(() => feed.close());
    for (const name of names) feed.producer(name);
    for (const service of consumers) {
      const bus = await MessageBus.open({ service, config, directory });
      for (const name of names.slice(0, 10)) bus.consumer(name);
      await bus.close();
    }
    const url = await startDashboard(t, directory, '--interval', '1000');
    const { page, complaints } = await openPage(t, browser, url);
    await page.locator('#channels .position', { hasText: '1–20 of 100' }).waitFor();
    assert.equal(await page.locator('#channels tbody tr').count(), 20);
    await page.locator('#channels .pager button').last().click();
    await page.locator('#channels tr[data-key="channel_020"]').waitFor();
    await page.locator('#map-note', { hasText: '76 more channels are not drawn' }).waitFor();
    assert.equal(await page.locator('.node.channel').count(), 24);
    assert.equal(await page.locator('#endpoints tbody tr').count(), 20);
    await page.fill('#filter', 'channel_099');
    await page.locator('#channels .position', { hasText: '1–1 of 1' }).waitFor({ state: 'attached' });
    await page.waitForTimeout(2000);
    await keepPicture(page, 'many');
    assert.deepEqual(complaints, []);
  });
});

describe('apbus dashboard', () => {
  it('prints its address as JSON, and a token where others can reach it; ends when it is told to', async (t) => {
    const directory = temporaryDirectory(t);
    const dashboard = startProcess(t, APBUS, [
      'dashboard',
      '--listen',
      '0.0.0.0:0',
      '--directory',
      directory,
      '--json',
    ]);
    const { url, token } = await dashboard.json<{ url: string; token: string }>('');
    const port = new URL(url).port;
    const page = `http://127.0.0.1:${port}/`;
    assert.equal((await fetch(page, { redirect: 'manual' })).status, 303);
    assert.equal((await fetch(page, { headers: { authorization: `Bearer ${token}` } })).status, 200);
    dashboard.signal('SIGTERM');
    await dashboard.succeeded();
  });

  it('refuses what it cannot use, and says what it expects', async (t) => {
    const directory = temporaryDirectory(t);
    const token = join(directory, 'token');
    writeFileSync(token, 'a-token-of-a-test-0123456789\n', { mode: 0o644 });
    for (const [args, message] of [
      [['--listen', 'here'], /--listen: found "here", expected a port, or an address and a port/],
      [['--listen', '192.0.2.1:1'], /cannot listen at 192\.0\.2\.1, port 1: .*choose another with --listen/],
      [['--interval', '1'], /--interval: found "1", expected 100 to 60000/],
      [['--clients', '0'], /--clients: found "0", expected 1 to 200/],
      [['--token-file', token], /found mode 0644, expected a file that only its owner may read/],
      [['--token-file', join(directory, 'none')], /cannot read .*none/],
    ] as const) {
      const refused = startProcess(t, APBUS, ['dashboard', '--listen', '0', ...args, '--directory', directory]);
      assert.equal((await refused.ended()).code, 1, args.join(' '));
      assert.match(refused.stderr, message);
    }
  });
});
