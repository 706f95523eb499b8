import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { PATIENCE_MS, script } from '../kit/processes.js';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus server that scrapes one target, every second, by the configuration that is shipped. */
export class PrometheusServer {
  private readonly address: string;

  constructor(address: string) {
    this.address = address;
  }

  /** What a query finds now. */
  async query(query: string): Promise<Sample[]> {
    const { result } = await this.api<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
      `query?query=${encodeURIComponent(query)}`,
    );
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** Asks again and again until the answer is the expected one. */
  async until(query: string, isExpected: (samples: Sample[]) => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    let found: Sample[] = [];
    while (!deadline.aborted) {
      found = await this.query(query).catch(() => []);
      if (isExpected(found)) return;
      await pause(50);
    }
    assert.fail(`${query} stayed at ${JSON.stringify(found)}`);
  }

  /** The alert rules that it has loaded, when each was evaluated, and what came of it: `ok`, or `err`. */
  async rules(): Promise<{ alerts: string[]; health: string[] }> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    while (!deadline.aborted) {
      const { groups } = await this.api<{ groups: { rules: { name: string; health: string }[] }[] }>('rules');
      const rules = groups.flatMap((group) => group.rules);
      const health = rules.map((rule) => rule.health);
      if (!health.includes('unknown')) return { alerts: rules.map(({ name }) => name), health };
      await pause(50);
    }
    return assert.fail('the rules were not evaluated');
  }

  private async api<Data>(path: string): Promise<Data> {
    const response = await fetch(`${this.address}/api/v1/${path}`);
    const { status, data, error } = (await response.json()) as { status: string; data: Data; error?: string };
    assert.equal(status, 'success', error);
    return data;
  }
}

/** Ended, and waited for, when the test is over. */
export async function startPrometheus(t: TestContext, target: string): Promise<PrometheusServer> {
  const folder = mkdtempSync(join(tmpdir(), 'apbus-prometheus-'));
  const shipped = script(import.meta.url, '../../../deploy/prometheus/');
  cpSync(shipped, folder, { recursive: true });
  const configuration = readFileSync(join(shipped, 'prometheus.yml'), 'utf8')
    .replace('127.0.0.1:9464', new URL(target).host)
    .replace('scrape_interval: 15s', 'scrape_interval: 1s\n  scrape_timeout: 1s')
    .replace('evaluation_interval: 15s', 'evaluation_interval: 200ms');
  writeFileSync(join(folder, 'prometheus.yml'), configuration);
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  t.after(async () => {
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const server = new PrometheusServer(`http://127.0.0.1:${port}`);
  await server.until('up', (samples) => {
    assert.equal(child.exitCode, null, `prometheus ended: ${said}`);
    return samples.length > 0;
  });
  return server;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}
