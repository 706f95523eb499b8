/** What a shell completes of a command. */
export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly string[];
  /** What its argument is the name of. */
  readonly takes: CompletedNames | undefined;
  readonly subcommands: readonly CompletedCommand[];
}

/** The services are those that a supervisor runs. */
export type CompletedNames = 'channels' | 'services';

const printed = (takes: CompletedNames): string => `apbus completion ${takes} 2>/dev/null`;

export function bashScript(commands: readonly CompletedCommand[]): string {
  return `# bash completion of apbus: source <(apbus completion bash)
_apbus() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${namesOf(commands)} --help --version"
  else case "\${COMP_WORDS[1]}" in
${commands.map((command) => `    ${command.name}) ${bashWords(command)} ;;`).join('\n')}
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _apbus apbus
`;
}

function bashWords({ options, takes, subcommands }: CompletedCommand): string {
  if (subcommands.length === 0) return `words="${options.join(' ')}${takes ? ` $(${printed(takes)})` : ''}"`;
  const cases = subcommands.map((command) => `${command.name}) ${bashWords(command)} ;;`);
  const names = namesOf(subcommands);
  return `if [ "$COMP_CWORD" -eq 2 ]; then words="${names}"; else case "\${COMP_WORDS[2]}" in ${cases.join(' ')} esac; fi`;
}

export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef apbus
# zsh completion of apbus: source <(apbus completion zsh)
_apbus() {
  local -a commands
  if (( CURRENT == 2 )); then
    commands=(
${described(commands)}
    )
    _describe command commands
  else case "$words[2]" in
${commands.map((command) => `    ${command.name})\n${zshWords(command)} ;;`).join('\n')}
  esac; fi
}
compdef _apbus apbus
`;
}

function zshWords({ options, takes, subcommands }: CompletedCommand): string {
  if (subcommands.length === 0) {
    const names = takes ? `compadd -- \${(f)"$(${printed(takes)})"}; ` : '';
    return `      compadd -- ${options.join(' ')}; ${names}_files`;
  }
  const cases = subcommands.map((command) => `      ${command.name})\n${zshWords(command)} ;;`);
  return `      if (( CURRENT == 3 )); then
    commands=(
${described(subcommands)}
    )
    _describe command commands
      else case "$words[3]" in
${cases.join('\n')}
      esac; fi`;
}

function described(commands: readonly CompletedCommand[]): string {
  return commands.map(({ name, description }) => `      '${name}:${quoted(description)}'`).join('\n');
}

export function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c apbus -n __fish_use_subcommand -a ${command.name} -d '${quoted(command.description)}'`,
    ...fishWords(command, `__fish_seen_subcommand_from ${command.name}`),
  ]);
  return `# fish completion of apbus: apbus completion fish | source\n${lines.join('\n')}\n`;
}

function fishWords({ options, takes, subcommands }: CompletedCommand, seen: string): string[] {
  const isFirst = `${seen}; and not __fish_seen_subcommand_from ${namesOf(subcommands)}`;
  return [
    ...options.map((option) => `complete -c apbus -n '${seen}' -l ${option.slice(2)}`),
    ...(takes ? [`complete -c apbus -n '${seen}' -a '(${printed(takes)})'`] : []),
    ...subcommands.flatMap((command) => [
      `complete -c apbus -n '${isFirst}' -f -a ${command.name} -d '${quoted(command.description)}'`,
      ...fishWords(command, `${seen}; and __fish_seen_subcommand_from ${command.name}`),
    ]),
  ];
}

function namesOf(commands: readonly CompletedCommand[]): string {
  return commands.map(({ name }) => name).join(' ');
}

/** A description inside single quotes, of a shell and of zsh's list. */
function quoted(text: string): string {
  return text.replaceAll("'", '’').replaceAll(':', ',');
}
