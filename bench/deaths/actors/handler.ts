import type { BusConfig, MessageBus as Bus } from 'alphapulse-bus';

/* A service whose first line is when it handled its first message. Arguments: module of the package, channel,
 * configuration as JSON. */

const [modulePath = '', channel = '', config = ''] = process.argv.slice(2);
const { MessageBus } = (await import(modulePath)) as { MessageBus: typeof Bus };
const bus = await MessageBus.open({
  service: process.env['APBUS_SERVICE']!,
  config: JSON.parse(config) as BusConfig,
  directory: process.env['APBUS_DIRECTORY']!,
});
let isFirst = true;
void bus.consumer(channel).subscribe(() => {
  if (isFirst) console.log(Number(process.hrtime.bigint()));
  isFirst = false;
});
