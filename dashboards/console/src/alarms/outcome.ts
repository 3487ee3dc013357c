/** Pure: what became of a command on many alarms. */
export interface Outcome {
  /** Why not, in words; null: it was done. */
  readonly refused: string | null;
}

export interface Refusal {
  readonly words: string;
  readonly count: number;
}

/** Each reason for refusing with how often it was given, the most frequent first. */
export function refusals(outcomes: readonly Outcome[]): Refusal[] {
  const counts = new Map<string, number>();
  for (const { refused } of outcomes) if (refused !== null) counts.set(refused, (counts.get(refused) ?? 0) + 1);
  return [...counts].map(([words, count]) => ({ words, count })).toSorted((a, b) => b.count - a.count);
}
