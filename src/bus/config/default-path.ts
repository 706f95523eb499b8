/** Where the configuration is looked for when none is given, from the working directory. */
export const DEFAULT_CONFIG_PATH = 'config/message_bus.toml';
