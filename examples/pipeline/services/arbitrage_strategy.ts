import { MicroPriceSignal } from '../signals/micro-price.js';
import { serve } from '../stage/service.js';
import { strategy } from '../stage/strategy.js';

await serve('arbitrage_strategy', (service) => strategy(service, new MicroPriceSignal(), 'signals'));
