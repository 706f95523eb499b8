export { Supervisor, type SupervisorOptions } from './supervisor.js';
export { askSupervisor, type Ask } from './control/client.js';
export type { ControlCommand } from './control/messages.js';
export type { ServiceEvent, ServiceLine, ServiceState, ServiceStatus } from './events.js';
export type { Spawn, ServiceProcess, ProcessEvents, Exit } from './service-process.js';
export type { Timers } from './timers.js';
