/*
 * A process that reads a config file and attaches. Arguments: config file, directory, service, `producer` or `consumer`.
 * Says `attached`, or `refused` with the code and the message; ends when its standard input does.
 */
import { BusError, MessageBus } from 'alphapulse-bus';

const [config = '', directory = '', service = '', role = ''] = process.argv.slice(2);
const bus = await MessageBus.open({ service, config, directory });
try {
  if (role === 'producer') bus.producer('ticks');
  else bus.consumer('ticks');
  console.log('attached');
} catch (error) {
  if (!BusError.is(error)) throw error;
  console.log(`refused ${JSON.stringify([error.code, error.message])}`);
}
process.stdin.on('end', () => void bus.close()).resume();
