/** Puts `body` into the section of that name, in place of what stood there; a document without the section gets it at its end. */
export function replaceSection(document: string, name: string, body: string): string {
  const begin = `<!-- begin: ${name} (generated) -->`;
  const end = `<!-- end: ${name} -->`;
  const section = `${begin}\n\n${body.trim()}\n\n${end}`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from >= 0 && to >= 0) return document.slice(0, from) + section + document.slice(to + end.length);
  return `${document.trimEnd()}\n\n${section}\n`.trimStart();
}
