// docs/configuration.md, made from the table of sections and keys.
import {
  AGENT_KEYS,
  AGENT_SECTIONS,
  FOREIGN_AGENT_KEYS,
  GENERAL_SECTIONS,
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

This page is made by \`npm run docs\` from the table that the program itself uses.
`;

/** The text of the page. */
export function configurationPage(): string {
  const parts = [INTRODUCTION];
  for (const [name, schema] of Object.entries(GENERAL_SECTIONS)) parts.push(section(`[${name}]`, schema));
  parts.push(section('Every agent', { ...AGENT_KEYS, [SENDERS_KEY.key]: SENDERS_KEY }));
  for (const [name, schema] of Object.entries(AGENT_SECTIONS)) {
    if (Object.keys(schema).length > 0) parts.push(section(`[${name}]`, schema));
  }
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
