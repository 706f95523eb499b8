import { hasClaims } from '../../layout/geometry.js';
import type { ChannelType } from '../../layout/schema.js';
import { isAttached, isInternal } from '../../liveness/state.js';
import type { ChannelFigures, EndpointFigures } from '../channel-figures.js';
import type { ExpectedChannel } from './expected-channel.js';
import type { HealthFinding } from './finding.js';
import type { HealthThresholds } from './thresholds.js';

type Role = EndpointFigures['role'];

/**
 * Services that are declared for a channel and not there, while others use it: one that nobody uses is at rest. Those that
 * died are told as dead.
 */
export function absentFindings(
  figures: ChannelFigures,
  { producers, consumers }: ExpectedChannel,
  { absent: severity, absentAfterMs: threshold }: HealthThresholds,
): HealthFinding[] {
  const usedMs = usedForMs(figures);
  if (severity === 'ignore' || !(usedMs > threshold)) return [];
  const hasOneProducer = !hasClaims(figures.type as ChannelType);
  const places: readonly (readonly [Role, readonly string[]])[] = [
    ...(hasOneProducer && producers.length > 0 ? [['producer', producers] as const] : []),
    ...(hasOneProducer ? [] : producers.map((name) => ['producer', [name]] as const)),
    ...consumers.map((name) => ['consumer', [name]] as const),
  ];
  return places.flatMap(([role, names]) => {
    const found = placeOf(figures, role, names);
    // the others cannot have missed it before they came
    const figure = Math.round(Math.min(usedMs, found.goneMs));
    if (found.isTaken || figure <= threshold) return [];
    const [name] = names;
    return [
      {
        severity,
        code: 'endpoint-absent',
        channel: figures.channel,
        endpoint: names.length === 1 && name !== undefined ? { role, name } : undefined,
        found: whatIsMissing(figures, role, names, found.last),
        figure,
        threshold,
        unit: 'ms',
        advice:
          `start ${names.join(' or ')}, or see in its log why it left. One that attaches under another name is not known ` +
          'as its service: absent = "ignore" in [health] ends this',
      } satisfies HealthFinding,
    ];
  });
}

/** For how long somebody who is there now has been, ms; -Infinity: nobody is, or no time is known. */
function usedForMs({ atNs = -Infinity, producers, consumers }: ChannelFigures): number {
  const used = [...producers, ...consumers].filter((one) => isAttached(one) && !isInternal(one));
  return Math.max(-Infinity, ...used.map(({ attachedNs }) => (atNs - Number(attachedNs)) / 1e6));
}

interface Place {
  /** By one that is attached, or that died. */
  readonly isTaken: boolean;
  readonly last: EndpointFigures | undefined;
  readonly goneMs: number;
}

/** What the slots tell of those names; one for which the channel keeps everything has a slot before it ever came. */
function placeOf(figures: ChannelFigures, role: Role, names: readonly string[]): Place {
  const named = (role === 'producer' ? figures.producers : figures.consumers).filter(
    ({ name, generation }) => names.includes(name) && generation > 0,
  );
  const [last] = named.toSorted((left, right) => Number(right.attachedNs - left.attachedNs));
  const goneMs = Math.min(Infinity, ...named.map((one) => one.goneMs ?? Infinity));
  return { isTaken: named.some(({ state }) => state !== 'detached'), last, goneMs };
}

function whatIsMissing(
  { atNs = 0, createdNs }: ChannelFigures,
  role: Role,
  names: readonly string[],
  last: EndpointFigures | undefined,
): string {
  const who = `${role} ${names.join(' or ')}`;
  if (last === undefined)
    return `${who} is declared and not attached; no slot tells that it was since the channel was made, ${timeOf(Number(createdNs))}`;
  const since = last.goneMs === undefined ? '' : `, ${timeOf(atNs - last.goneMs * 1e6)}`;
  const which = names.length === 1 ? '' : `${last.name}, `;
  return `${who} is declared and not attached; the last one (${which}process ${last.pid}) left${since}`;
}

/** By the clock of the channel, as messages are stamped. */
function timeOf(ns: number): string {
  return new Date(ns / 1e6).toISOString();
}
