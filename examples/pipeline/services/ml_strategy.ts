import { OnlineModel } from '../signals/online-model.js';
import { serve } from '../stage/service.js';
import { strategy } from '../stage/strategy.js';

await serve('ml_strategy', (service) => {
  const model = new OnlineModel();
  const work = strategy(service, model, 'signals');
  const { facts } = service;
  service.facts = () => ({ ...facts(), 'moves predicted': `${(model.hitRate * 100).toFixed(1)} %` });
  return work;
});
