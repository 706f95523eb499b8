import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertRuns, deployedText, NEEDS_YAML, yamlDocuments } from './deploy-files.js';

interface Compose {
  services: Record<string, ComposeService>;
  volumes: Record<string, { driver_opts?: { type: string; o: string } }>;
}

interface ComposeService {
  command: string[];
  init: boolean;
  volumes: string[];
  environment?: Record<string, string>;
}

const INSTRUCTIONS = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'USER', 'ENV', 'HEALTHCHECK', 'CMD'];

/** The instructions of the Dockerfile, comments away and continued lines joined. */
function instructions(): string[] {
  const lines = deployedText('docker/Dockerfile').replace(/^#.*\n/gm, '');
  return lines
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean);
}

it('the Dockerfile has instructions that Docker knows, and begins with an image', () => {
  const words = instructions().map((line) => line.split(' ')[0] ?? '');
  assert.equal(words[0], 'FROM');
  assert.deepEqual(
    words.filter((word) => !INSTRUCTIONS.includes(word)),
    [],
  );
  assert.ok(words.indexOf('USER') > words.lastIndexOf('RUN'), 'programs do not run as root');
});

it('the Dockerfile runs and checks with commands that there are, without a shell', async () => {
  const lists = instructions().filter((line) => /(?:^|\s)CMD /.test(line));
  assert.equal(lists.length, 2);
  for (const line of lists) {
    await assertRuns(JSON.parse(line.slice(line.indexOf('['))) as string[]);
  }
});

it('the containers of compose.yaml share one bus in memory, and run what there is', async (t) => {
  const documents = await yamlDocuments('docker/compose.yaml');
  if (documents === undefined) return t.skip(NEEDS_YAML);
  assert.equal(documents.length, 1);
  const { services, volumes } = documents[0] as Compose;
  assert.equal(volumes['bus']?.driver_opts?.type, 'tmpfs');
  assert.match(volumes['bus'].driver_opts.o, /\bmode=0700\b/);
  for (const [name, service] of Object.entries(services)) {
    assert.equal(service.init, true, name);
    const mounts = service.volumes.map((volume) => volume.split(':'));
    for (const [volume = ''] of mounts) assert.ok(volume in volumes, `${name}: ${volume} is a volume`);
    const busAt = mounts.find(([volume]) => volume === 'bus')?.[1] ?? '';
    const { APBUS_DIRECTORY = service.command.at(-1) ?? '' } = service.environment ?? {};
    assert.ok(APBUS_DIRECTORY.startsWith(`${busAt}/`), `${name}: the segments are on the volume`);
    await assertRuns(service.command);
  }
});
