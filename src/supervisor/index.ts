export { Supervisor, type SupervisorOptions } from './supervisor.js';
export type { ServiceEvent, ServiceLine, ServiceState, ServiceStatus } from './events.js';
export type { Spawn, ServiceProcess, ProcessEvents, Exit } from './service-process.js';
export type { Timers } from './timers.js';
