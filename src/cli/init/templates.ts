/*
 * What `apbus init` writes: two services that speak to each other, and the configuration that both of them read.
 */

export const CONFIG = `# The channels of this bus, and the services that use them. All processes read this file.
#   apbus check    says whether it is right, and what it takes
#   apbus run      starts the services, and starts again what ends

# Where the segments live is left to its default, a folder of this user in /dev/shm.
# [bus]
# directory = "/dev/shm/my-bus"

# One line for each channel: who writes, who reads, how large it is.
[channels.ticks]
type = "SPMC"                   # SPSC, SPMC, MPSC, MPMC: single or multiple producers, consumers
producer = "feed"
consumers = ["printer"]
buffer_size = "\${TICKS_SIZE:-1MB}" # a power of two; the variable TICKS_SIZE goes before 1MB
message_size_max = "4KB"
backpressure.mode = "BlockProducer" # what to do when the ring is full: DropNewest, DropOldest, AdaptiveThrottle,
backpressure.timeout_ms = 1000      # CircuitBreaker, or wait, for so long

# Everything that is written there is recorded, and can be read again: apbus dump ticks
[channels.ticks.persistence]
persistence_path = "../journal"
fsync = "interval"              # on the disk within 100 ms; always: before the next message is recorded; never
retention = "1GB"
replay_window = "24h"

[services.printer]
command = ["node", "services/printer.mjs"]
working_directory = ".."
restart_delay_ms = 500

[services.feed]
command = ["node", "services/feed.mjs"]
working_directory = ".."
after = ["printer"]             # started when the printer is attached
`;

export const FEED = `// Writes a tick ten times a second.
import { MessageBus } from 'alphapulse-bus';

const config = process.env.APBUS_CONFIG ?? 'config/message_bus.toml';
const directory = process.env.APBUS_DIRECTORY; // that of apbus run; undefined: as the configuration says
const bus = await MessageBus.open({ service: process.env.APBUS_SERVICE ?? 'feed', config, directory });
const ticks = bus.producer('ticks');

let price = 100;
const timer = setInterval(() => {
  price += Math.random() - 0.5;
  ticks.write(new TextEncoder().encode(JSON.stringify({ price: price.toFixed(2) })));
}, 100);

// In order: what was accepted is in the ring, and the next feed goes on with the next sequence.
process.once('SIGTERM', end);
process.once('SIGINT', end);
async function end() {
  clearInterval(timer);
  await bus.close();
}
`;

export const PRINTER = `// Prints every tenth tick, and how long it was on its way. It comes back to where it was when it is started again.
import { MessageBus } from 'alphapulse-bus';

const config = process.env.APBUS_CONFIG ?? 'config/message_bus.toml';
const directory = process.env.APBUS_DIRECTORY; // that of apbus run; undefined: as the configuration says
const bus = await MessageBus.open({ service: process.env.APBUS_SERVICE ?? 'printer', config, directory });
const ticks = bus.consumer('ticks', { from: 'resume' });

const ended = new AbortController();
process.once('SIGTERM', () => ended.abort());
process.once('SIGINT', () => ended.abort());

await ticks.subscribe(
  (message) => {
    if (message.sequence % 10 !== 0) return;
    const { price } = JSON.parse(new TextDecoder().decode(message.bytes));
    console.log(\`tick \${message.sequence}: \${price}, \${(message.totalLatencyNs / 1000).toFixed(0)} µs on its way\`);
  },
  { signal: ended.signal },
);
await bus.close();
`;

export const README = `# A message bus of two services

\`\`\`sh
npm install                 # once
npx apbus check             # is the configuration right, and is there room for it?
npx apbus run               # starts both services; Ctrl-C ends them
npx apbus top               # in another terminal: what is going on
npx apbus tail ticks -f     # what is being written
npx apbus stat ticks        # all that the channel says of itself
npx apbus dump ticks        # what was recorded
\`\`\`

The channels are in \`config/message_bus.toml\`, the services in \`services/\`.
`;
