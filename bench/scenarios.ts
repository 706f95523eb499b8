import type { ChannelType } from 'alphapulse-bus';

export const KIB = 1024;
export const MIB = 1024 * 1024;

/** How many processes a channel type is measured with. */
export const ENDPOINTS: Readonly<Record<ChannelType, { readonly producers: number; readonly consumers: number }>> = {
  SPSC: { producers: 1, consumers: 1 },
  SPMC: { producers: 1, consumers: 2 },
  MPSC: { producers: 3, consumers: 1 },
  MPMC: { producers: 2, consumers: 2 },
};

export const TYPES: readonly ChannelType[] = ['SPSC', 'SPMC', 'MPSC', 'MPMC'];
export const MESSAGE_SIZES: readonly number[] = [64, 256, KIB, 4 * KIB];
export const RING_SIZES: readonly number[] = [MIB, 64 * MIB];

/** A channel under load: as many messages as it takes. */
export interface ThroughputScenario {
  readonly type: ChannelType;
  readonly messageBytes: number;
  readonly ringBytes: number;
  readonly timestamps: boolean;
}
