import { MovingAverageCross } from '../signals/moving-average-cross.js';
import { serve } from '../stage/service.js';
import { strategy } from '../stage/strategy.js';

await serve('momentum_strategy', (service) => strategy(service, new MovingAverageCross(), 'signals'));
