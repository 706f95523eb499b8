/** Services in groups: each starts when those before it have, and ends before them. The configuration has no circles. */
export function startGroups(after: ReadonlyMap<string, readonly string[]>): string[][] {
  const waitsFor = new Map([...after].map(([name, earlier]) => [name, new Set(earlier).size]));
  const followers = new Map<string, string[]>();
  for (const [name, earlier] of after) {
    for (const one of new Set(earlier)) followers.set(one, [...(followers.get(one) ?? []), name]);
  }
  const groups: string[][] = [];
  let group = [...after.keys()].filter((name) => waitsFor.get(name) === 0);
  while (group.length > 0) {
    groups.push(group);
    const next: string[] = [];
    for (const name of group.flatMap((one) => followers.get(one) ?? [])) {
      const left = (waitsFor.get(name) ?? 0) - 1;
      waitsFor.set(name, left);
      if (left === 0) next.push(name);
    }
    group = next;
  }
  return groups;
}
