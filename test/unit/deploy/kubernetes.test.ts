import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertRuns, NEEDS_YAML, yamlDocuments } from './deploy-files.js';

interface Deployment {
  kind: string;
  spec: {
    replicas: number;
    strategy: { type: string };
    selector: { matchLabels: Record<string, string> };
    template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
  };
}

interface PodSpec {
  volumes: { name: string; emptyDir?: { medium: string }; persistentVolumeClaim?: { claimName: string } }[];
  containers: Container[];
}

interface Container {
  name: string;
  command: string[];
  args: string[];
  volumeMounts: { name: string; mountPath: string }[];
  resources: { limits: { memory: string } };
  livenessProbe?: { exec: { command: string[] } };
}

it('the containers of the pod share one bus in memory, have a limit, and run what there is', async (t) => {
  const documents = await yamlDocuments('kubernetes/pod.yaml');
  if (documents === undefined) return t.skip(NEEDS_YAML);
  const deployment = documents.find((document) => (document as Deployment).kind === 'Deployment') as Deployment;
  const { replicas, strategy, selector, template } = deployment.spec;
  assert.deepEqual(template.metadata.labels, selector.matchLabels);
  assert.deepEqual([replicas, strategy.type], [1, 'Recreate']);
  const { volumes, containers } = template.spec;
  assert.equal(volumes.find(({ name }) => name === 'bus')?.emptyDir?.medium, 'Memory');
  for (const { name, command, args, volumeMounts, resources, livenessProbe } of containers) {
    for (const mount of volumeMounts)
      assert.ok(
        volumes.some((volume) => volume.name === mount.name),
        mount.name,
      );
    const busAt = volumeMounts.find((mount) => mount.name === 'bus')?.mountPath;
    const directory = args[args.indexOf('--directory') + 1] ?? '';
    // the mount itself is open to everybody, and refused by the bus
    assert.ok(directory.startsWith(`${busAt ?? '?'}/`), `${name}: the segments are in a folder of the volume`);
    assert.match(resources.limits.memory, /^\d+Gi$/);
    await assertRuns([...command, ...args]);
    if (livenessProbe !== undefined) {
      assert.ok(livenessProbe.exec.command.includes(directory), 'the probe looks where the segments are');
      await assertRuns(livenessProbe.exec.command);
    }
  }
});

it('the claims of the pod are made', async (t) => {
  const documents = await yamlDocuments('kubernetes/pod.yaml');
  if (documents === undefined) return t.skip(NEEDS_YAML);
  const made = documents.map((document) => document as { kind: string; metadata: { name: string } });
  const claims = made.filter(({ kind }) => kind === 'PersistentVolumeClaim').map(({ metadata }) => metadata.name);
  const pod = made.find(({ kind }) => kind === 'Deployment') as unknown as Deployment;
  const wanted = pod.spec.template.spec.volumes.flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName],
  );
  assert.deepEqual(wanted, claims);
});
