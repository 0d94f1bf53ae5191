// Texts of strangers in messages for people.

/** A text, cut when it is longer than so many characters. */
export function shorten(text: string, length = 60): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
