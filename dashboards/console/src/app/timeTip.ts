/** Which instants of a page are told about: questions to the document. */

const TIMES = "time[data-tip]";
const FOCUSED = "a[href], button, [role=button], [role=option], [role=row][tabindex], li[tabindex], tr[tabindex]";
const ROWS = "[role=option], [role=row], li, tr";
/** A row with more of them is too much for one bubble: each is a stop of the Tab key then. */
const MOST_IN_A_ROW = 3;

/** Whether something that takes the keyboard's focus has this instant within it or in its row, and so tells it too. */
export function isReachedWithItsRow(time: Element): boolean {
  if (time.closest(FOCUSED) !== null) return true;
  const row = time.closest(ROWS);
  return row !== null && timesIn(row).length <= MOST_IN_A_ROW && row.querySelector(FOCUSED) !== null;
}

/** The instants to tell about while this has the keyboard's focus: itself, those within it, or else those of its row. */
export function timesOf(focused: Element): HTMLElement[] {
  if (focused.matches(TIMES)) return [focused as HTMLElement];
  if (!focused.matches(FOCUSED)) return [];
  const within = timesIn(focused);
  if (within.length > 0) return within;
  const row = focused.closest(ROWS);
  const beside = row === null ? [] : timesIn(row);
  return beside.length > MOST_IN_A_ROW ? [] : beside;
}

/** The instant under the pointer. */
export function timeAt(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(TIMES) : null;
}

function timesIn(part: Element): HTMLElement[] {
  return [...part.querySelectorAll<HTMLElement>(TIMES)];
}
