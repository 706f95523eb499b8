/** What a shell completes of a command. */
export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly string[];
  /** What its argument is the name of. */
  readonly takes: CompletedNames | undefined;
}

/** The services are those that a supervisor runs. */
export type CompletedNames = 'channels' | 'services';

const namesOf = (takes: CompletedNames): string => `apbus completion ${takes} 2>/dev/null`;

export function bashScript(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(
    ({ name, options, takes }) =>
      `    ${name}) words="${options.join(' ')}"; ${takes ? `words="$words $(${namesOf(takes)})"` : ':'} ;;`,
  );
  return `# bash completion of apbus: source <(apbus completion bash)
_apbus() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(' ')} --help --version"
  else case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="" ;;
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _apbus apbus
`;
}

export function zshScript(commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, description }) => `    '${name}:${quoted(description)}'`);
  const cases = commands.map(
    ({ name, options, takes }) =>
      `    ${name}) compadd -- ${options.join(' ')}; ${takes ? `compadd -- \${(f)"$(${namesOf(takes)})"}; ` : ''}_files ;;`,
  );
  return `#compdef apbus
# zsh completion of apbus: source <(apbus completion zsh)
_apbus() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
  else case "$words[2]" in
${cases.join('\n')}
  esac; fi
}
compdef _apbus apbus
`;
}

export function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, description, options, takes }) => [
    `complete -c apbus -n __fish_use_subcommand -a ${name} -d '${quoted(description)}'`,
    ...options.map((option) => `complete -c apbus -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`),
    ...(takes ? [`complete -c apbus -n '__fish_seen_subcommand_from ${name}' -a '(${namesOf(takes)})'`] : []),
  ]);
  return `# fish completion of apbus: apbus completion fish | source\n${lines.join('\n')}\n`;
}

/** A description inside single quotes, of a shell and of zsh's list. */
function quoted(text: string): string {
  return text.replaceAll("'", '’').replaceAll(':', ',');
}
