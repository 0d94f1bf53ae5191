// docs/instruments.md, made from the table of commands.
import {
  CHANNELS,
  COMMANDS,
  COMMON,
  type Command,
  DEVICE_KINDS,
  type DeviceKind,
  INSTRUMENT_ERROR_NUMBERS,
  parametersText,
  UNITS,
} from '../../src/instruments/index.js';

const INTRODUCTION = `# Instruments

Every device is spoken to in one grammar, by hand, from scripts, and by other agents. A sentence is a message of the
mesh to the agent of that device:

\`\`\`
$ printf 'DO TELESCOPE GOTO RA=05:34:31.97 DEC=+22:00:52.1\\n' | nc 127.0.0.1 5011
$ pyros do TELESCOPE GOTO RA=05:34:31.97 DEC=+22:00:52.1
$ pyros get CAMERA:VIS STATE --json
$ pyros instruments
\`\`\`

This page is made by \`npm run docs\` from the table that the program itself uses.

## Grammar

\`\`\`ebnf
sentence    = verb , SP , device , SP , item , { SP , argument } ;
verb        = "DO" | "GET" | "SET" ;
device      = NAME , [ ":" , NAME ] ;
item        = NAME , { "." , NAME } ;
argument    = NAME , "=" , value | value ;                    (* without its name only the first *)
value       = number , [ unit ] | sexagesimal | time | NAME | string | list ;
list        = value , "," , value , { "," , value } ;
number      = [ sign ] , ( DIGITS , [ "." , [ DIGITS ] ] | "." , DIGITS ) , [ "e" , [ sign ] , DIGITS ] ;
sexagesimal = [ sign ] , DIGITS , ":" , 2DIGIT , [ ":" , 2DIGIT , [ "." , DIGITS ] ]
            | [ sign ] , DIGITS , ( "h" | "d" ) , 2DIGIT , "m" , [ 2DIGIT , [ "." , DIGITS ] , "s" ] ;
time        = ISO8601 , "Z" | "+" , number , unit | "NOW" ;
NAME        = LETTER , { LETTER | DIGIT | "_" | "-" | "." | "+" | "'" } ;
string      = '"' , { any character but '"', '\\' and control characters | '\\"' | '\\\\' } , '"' ;
unit        = ${unitLines()} ;
\`\`\`

Capitals do not matter in keywords, and do in units. A sentence has at most 4096 bytes. Between its parts there may be
several spaces, but no tab: on the mesh a tab ends the message.

- **Right ascension**: \`05:34:31.97\`, \`5h34m31.97s\` and \`5.5755h\` are hours; a bare number, \`deg\` and
  \`83d37m59s\` are degrees. **Other angles** are degrees, sexagesimal or decimal; \`h\` is refused there.
- The sign is that of the whole angle: \`-00:30:00\` is minus half a degree. Minutes and seconds are below 60.
- Units are converted into that of the parameter: \`EXPTIME=500ms\`, \`TTL=1min\`, \`LIMIT.WIND 54km/h\`.
- **Times** are UTC: \`2026-11-23T03:00:00Z\`, so much from now as \`+10s\`, or \`NOW\`.
- The parameter of a \`SET\`, and the first of any command, may come without its name.
- \`OWNER=\` may go with every \`DO\` and \`SET\`, and says who has the lock.

A sentence against the grammar is refused with the column, and a \`^\` before the place:

\`\`\`
ERROR 1300 SYNTAX "minutes are from 00 to 59, not 60, at column 25: DO TELESCOPE GOTO RA=05:^60:00 DEC=+22"
\`\`\`

## Answers

- \`pyros\` and its shell write \`OK NAME=value…\` or \`ERROR number NAME "text"\`, and a bar while a command goes on.
- By hand, that is without the name of a sender: \`PROGRESS ETA=12s\` at once and each second for what goes on for a
  while, then exactly one \`OK NAME=value…\` or \`ERROR number NAME "text"\`, in the same words.
- To agents: as on the rest of the mesh. The payload of \`OK\` has the values by name, as plain data in the units of the
  tables below (angles in degrees, times in ms since 1970, ON and OPEN as \`true\`); that of \`PROGRESS\` has \`ETA\` in
  seconds; the \`code\` of \`ERROR\` is the name below. A value that is not known is left out.

| number | code |
|---|---|
${errorRows()}

[errors.md](errors.md) tells what to do about each. What is no error of an instrument, such as a message that is refused
while the agent stops, bears its own name and 1280.

## What goes together

- **now**: done at once, whatever goes on. A \`GET\` never waits.
- **alone**: goes on for a while, and is refused with \`BUSY\` while another command does.
- **supersedes**: goes on for a while; the one that goes on is \`ABORTED\`.
- **stops**: as supersedes, is always accepted, also from who has not the lock, and goes on when who asked has gone.

\`DO ALL STOP\` is a sentence to every device. A command that takes longer than its deadline (plus what it asks for, as
the time of its exposures) fails with \`TIMEOUT\`, and the driver is started anew; so it is when it has failed by itself,
and then the command that was going on fails at once, with the reason.
`;

/** The text of the page. */
export function instrumentsPage(): string {
  const parts = [INTRODUCTION, section('Every device', COMMON)];
  for (const kind of DEVICE_KINDS) parts.push(section(titleOf(kind), ownCommands(kind)));
  return parts.join('\n');
}

function titleOf(kind: DeviceKind): string {
  const channels = CHANNELS[kind];
  return channels ? channels.map((channel) => `${kind}:${channel}`).join(', ') : kind;
}

/** Without those of every device. */
function ownCommands(kind: DeviceKind): Record<string, Command> {
  const own = Object.entries<Command>(COMMANDS[kind]).filter(
    ([key, command]) => (COMMON as Record<string, Command>)[key] !== command,
  );
  return Object.fromEntries(own);
}

function section(title: string, commands: Readonly<Record<string, Command>>): string {
  const rows = Object.entries(commands).map(([key, command]) => row(key, command));
  return [
    `## ${title}`,
    '',
    '| command | parameters | answer | together | does |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function row(key: string, command: Command): string {
  const answer = Object.entries(command.reply).map(([name, { brief }]) => `${name}=${brief}`);
  const help = command.simulated ? `${command.help} (simulator only)` : command.help;
  return `| \`${key}\` | ${code(parametersText(command, key))} | ${code(answer.join(' '))} | ${command.runs} | ${help} |`;
}

function code(text: string): string {
  return text && `\`${text}\``;
}

function errorRows(): string {
  return Object.entries(INSTRUMENT_ERROR_NUMBERS)
    .map(([name, number]) => `| ${number} | ${name} |`)
    .join('\n');
}

function unitLines(): string {
  return UNITS.map((unit) => `"${unit}"`).join(' | ');
}
