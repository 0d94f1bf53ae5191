// pyros completion: what makes the tabulator key of a shell know pyros; and the hidden command that it asks.
import { Argument, Command } from 'commander';
import { agentWords } from '../completion/agent-words.js';
import { candidates, FILES } from '../completion/candidates.js';
import { SHELL_SCRIPTS, type Shell } from '../completion/shell-scripts.js';

const HELP = `
Examples:
  eval "$(pyros completion bash)"              in ~/.bashrc
  eval "$(pyros completion zsh)"               in ~/.zshrc, after compinit
  pyros completion fish | source               in ~/.config/fish/config.fish`;

export function completionCommand(): Command {
  return new Command('completion')
    .description('Print the script that lets a shell complete commands, options, agents and their messages.')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELL_SCRIPTS)))
    .addHelpText('after', HELP)
    .action((shell: Shell) => {
      process.stdout.write(SHELL_SCRIPTS[shell]);
    });
}

/** `pyros __complete -- WORD...` prints what may be the last word: `word TAB help` per line, or `:files`. */
export function completeCommand(pyros: Command): Command {
  return new Command('__complete')
    .argument('[words...]')
    .helpOption(false)
    .action(async (words: string[]) => {
      const found = await candidates(pyros, words, agentWords);
      if (found === FILES) console.log(':files');
      else for (const { word, help } of found) console.log(help ? `${word}\t${help}` : word);
    });
}
