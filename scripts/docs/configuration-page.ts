// docs/configuration.md, made from the table of sections and keys.
import {
  AGENT_KEYS,
  AGENT_SECTIONS,
  CELERY_KEYS,
  FOREIGN_AGENT_KEYS,
  GENERAL_SECTIONS,
  OLD_CELERY_NAMES,
  SENDERS_KEY,
  type SectionSchema,
  STRATEGY_KEYS,
} from '../../src/config/index.js';

const INTRODUCTION = `# The configuration file

\`pyros_agent_config.ini\` describes the whole observatory; the same file is copied to every host. It is read once, when
a process starts. A mistake is told with file, line, section, key, what was found and what is expected, and the
process ends with exit code 78.

The file is the one named by \`--config PATH\`, else by the variable \`PYROS_AGENT_CONFIG\`, else
\`pyros_agent_config.ini\` in the working directory, else the one that comes with PyROS.

A section all of whose keys have a default, or may be absent, need not be there.

This page is made by \`npm run docs\` from the table that the program itself uses.
`;

const OLD_NAMES = Object.entries(OLD_CELERY_NAMES).map(([old, name]) => `\`${old}\` is \`${name}\``);

const CELERY_TEXT = `Without a section \`[celery]\` its keys have their defaults when the file has \`[majordome]\` or \`[task_broker]\`; else there is
no Celery. The names that Celery used before version 4 are read
too, and every key in upper case: ${OLD_NAMES.join(', ')}.

\`[celery.routes]\` says which queue takes which tasks, one line each, the first that fits wins:
\`observation.tasks.* = execute_sequence_q\`. \`[celery.workers]\` lists the workers that \`pyros start\` starts, each with its
options as after \`pyros celery worker\`: \`sequences = -Q execute_sequence_q -c 1\`. It runs on the host of
\`task_broker\`; on another one when its line begins with that host's address, \`sequences = @10.0.0.2 -Q …\`.
`;

/** The text of the page. */
export function configurationPage(): string {
  const parts = [INTRODUCTION];
  for (const [name, schema] of Object.entries(GENERAL_SECTIONS)) parts.push(section(`[${name}]`, schema));
  parts.push(section('Every agent', { ...AGENT_KEYS, [SENDERS_KEY.key]: SENDERS_KEY }));
  for (const [name, schema] of Object.entries(AGENT_SECTIONS)) {
    if (Object.keys(schema).length > 0) parts.push(section(`[${name}]`, schema));
  }
  parts.push(section('[celery]', CELERY_KEYS), CELERY_TEXT);
  parts.push(section('Agents of your own', FOREIGN_AGENT_KEYS), section('[strategy.NAME]', STRATEGY_KEYS));
  return parts.join('\n');
}

type Row = Pick<SectionSchema[string], 'help' | 'expected' | 'default' | 'optional'>;

function section(title: string, schema: Record<string, Row>): string {
  const rows = Object.entries(schema).map(([key, row]) => {
    return `| \`${key}\` | ${defaultText(row)} | ${row.expected} | ${row.help} |`;
  });
  return [`## ${title}`, '', '| key | default | value | meaning |', '|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

function defaultText({ default: value, optional }: Row): string {
  if (value) return `\`${value}\``;
  return optional || value === '' ? 'none' : 'must be given';
}
