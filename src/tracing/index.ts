export type { MessagingConventions } from './conventions.js';
export type { ProducerTracingOptions, TracingOptions } from './options.js';
export type { Sampling } from './sampling.js';
export { traceConsumer, type TracedConsumer, type TracedMessage } from './traced-consumer.js';
export { traceProducer, type TracedProducer } from './traced-producer.js';
