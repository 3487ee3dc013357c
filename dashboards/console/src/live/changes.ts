/** Pure: what became of a list between two moments, found without looking into what stayed the same. */

/** `before`: undefined for what is new. */
export interface Change<T> {
  readonly before: T | undefined;
  readonly after: T;
}

/** The rows that are other objects than before, and those that came at the end; null when something left the list or stands elsewhere in it. */
export function changesOf<T extends { readonly id: string }>(before: readonly T[], after: readonly T[]): Change<T>[] | null {
  if (before === after) return [];
  if (after.length < before.length) return null;
  const changes: Change<T>[] = [];
  for (let i = 0; i < before.length; i++) {
    const [was, is] = [before[i]!, after[i]!];
    if (was === is) continue;
    if (was.id !== is.id) return null;
    changes.push({ before: was, after: is });
  }
  for (let i = before.length; i < after.length; i++) changes.push({ before: undefined, after: after[i]! });
  return changes;
}
