import { PriceJump } from '../signals/price-jump.js';
import { serve } from '../stage/service.js';
import { strategy } from '../stage/strategy.js';

await serve('flash_arbitrage', (service) => strategy(service, new PriceJump(), 'critical_signals'));
