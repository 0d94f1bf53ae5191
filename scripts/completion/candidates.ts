// What may stand at the end of a command line: for the completion scripts of the shells.
import type { Argument, Command, Option } from 'commander';

/** One word that may follow. */
export interface Candidate {
  word: string;
  /** One line about it. */
  help: string;
}

/** Where words come from that the command line itself does not know. */
export interface WordSource {
  /** Agents of the INI file that `--config` names. */
  agents(configFile: string | undefined): Candidate[];
  /** Messages of an agent, if it is running. */
  messages(agent: string, configFile: string | undefined): Promise<Candidate[]>;
  /** Words that the last one of a sentence of the instrument grammar may become. */
  sentence(line: string, configFile: string | undefined): Candidate[];
  /** Receivers for whom an agent has set messages aside, if it is running. */
  receivers(agent: string, configFile: string | undefined): Promise<Candidate[]>;
  /** Numbers of the messages that an agent has set aside for a receiver, if it is running. */
  numbers(agent: string, to: string, configFile: string | undefined): Promise<Candidate[]>;
}

/** Stands for: names of files. */
export const FILES = 'files';

/**
 * What may be the last one of `words`, which are those after `pyros`; the last one may be empty or half.
 * @returns candidates that begin like it, or {@link FILES}
 */
export async function candidates(
  pyros: Command,
  words: readonly string[],
  source: WordSource,
): Promise<Candidate[] | typeof FILES> {
  const last = words.at(-1) ?? '';
  const line = readWords(pyros, words.slice(0, -1));
  const found = await possibleWords(line, last, source);
  return found === FILES ? found : found.filter(({ word }) => word.startsWith(last));
}

/** A command line that is complete but for its last word. */
interface Line {
  pyros: Command;
  command: Command | undefined;
  positional: string[];
  /** The option whose value comes next. */
  open: Option | undefined;
  onlyPositional: boolean;
  configFile: string | undefined;
}

function readWords(pyros: Command, words: readonly string[]): Line {
  const line: Line = {
    pyros,
    command: undefined,
    positional: [],
    open: undefined,
    onlyPositional: false,
    configFile: undefined,
  };
  for (const word of words) readWord(line, word);
  return line;
}

function readWord(line: Line, word: string): void {
  const { open, command } = line;
  line.open = undefined;
  if (open && !(open.optional && word.startsWith('-'))) {
    if (open.long === '--config') line.configFile = word;
  } else if (line.onlyPositional || !word.startsWith('-') || word === '-') {
    const below = visibleCommands(command ?? line.pyros).find((one) => one.name() === word);
    if (below && line.positional.length === 0) line.command = below;
    else line.positional.push(word);
  } else if (word === '--') line.onlyPositional = true;
  else if (word.startsWith('--config=')) line.configFile = word.slice('--config='.length);
  else
    line.open = optionsOf(command ?? line.pyros).find(
      (option) => [option.long, option.short].includes(word) && takesValue(option),
    );
}

async function possibleWords(
  line: Line,
  last: string,
  source: WordSource,
): Promise<Candidate[] | typeof FILES> {
  const { pyros, command, open, positional, onlyPositional } = line;
  if (open?.required) return valuesOf(open);
  if (last.startsWith('-') && !onlyPositional) return optionWords(command ?? pyros);
  const below = positional.length === 0 ? visibleCommands(command ?? pyros) : [];
  if (below.length > 0) return below.map((one) => ({ word: one.name(), help: one.description() }));
  if (!command) return [];
  const all = command.registeredArguments;
  const argument = all[positional.length] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  return argument ? argumentWords(argument, line, last, source) : optionWords(command);
}

async function argumentWords(
  argument: Argument,
  line: Line,
  last: string,
  source: WordSource,
): Promise<Candidate[] | typeof FILES> {
  const { configFile, positional } = line;
  const name = argument.name();
  if (argument.argChoices) return argument.argChoices.map((word) => ({ word, help: '' }));
  if (name === 'agent' || name === 'agents') return source.agents(configFile);
  if (name === 'file') return FILES;
  if (name === 'device' || name === 'words') {
    const words = [line.command?.name().toUpperCase(), ...positional, last];
    // bash takes a word apart at these.
    return source.sentence(words.join(' ').replace(/ ([:=]) /g, '$1'), configFile);
  }
  const [agent = '', , to = ''] = positional;
  if (name === 'to') return source.receivers(agent, configFile);
  if (name === 'number') return source.numbers(agent, to, configFile);
  return name === 'message' ? source.messages(agent, configFile) : [];
}

function valuesOf(option: Option): Candidate[] | typeof FILES {
  if (option.argChoices) return option.argChoices.map((word) => ({ word, help: '' }));
  return /<path>/.test(option.flags) ? FILES : [];
}

function optionWords(command: Command): Candidate[] {
  return optionsOf(command).flatMap(({ long, short, description }) =>
    (long ?? short) ? [{ word: long ?? short ?? '', help: description }] : [],
  );
}

/** `--help` is among them. */
function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}

function visibleCommands(pyros: Command): readonly Command[] {
  return pyros.createHelp().visibleCommands(pyros);
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}
