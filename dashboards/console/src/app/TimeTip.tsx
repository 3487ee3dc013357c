/** The one bubble of the page that tells all of an instant: for the pointer, for the keyboard's focus, and for a finger. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { machinesQuery, siteZonesQuery } from "../api/queries";
import { instant, instantIn, shownZone } from "../format/time";
import { usePreferences } from "./preferences";
import { timeAt, timesOf } from "./timeTip";
import "./timeTip.css";

const WAIT_MS = 300;
/** So long the pointer may take from the instant to the bubble. */
const LEAVE_MS = 150;
const EDGE_PX = 6;
/** Who goes through a list from row to row is not asking for each one's time. */
const STEPS = new Set(["j", "k", "ArrowDown", "ArrowUp"]);

export function TimeTip() {
  const [times, setTimes] = useState<readonly HTMLElement[]>([]);
  const bubble = useRef<HTMLDivElement>(null);
  useEffect(() => listen(setTimes, bubble), []);

  useEffect(() => {
    const focused = document.activeElement;
    if (times.length === 0 || focused === null || timesOf(focused).length === 0) return;
    focused.setAttribute("aria-describedby", "time-tip");
    return () => focused.removeAttribute("aria-describedby");
  }, [times]);

  useLayoutEffect(() => {
    const [first] = times;
    const shown = bubble.current;
    if (first === undefined || shown === null) return;
    const watch = new ResizeObserver(() => place(shown, first.getBoundingClientRect())); // the machine's zone may come later
    watch.observe(shown);
    place(shown, first.getBoundingClientRect());
    return () => watch.disconnect();
  });

  if (times.length === 0) return null;
  return (
    <div id="time-tip" role="tooltip" className="time-tip" ref={bubble}>
      {times.map((time) => (
        <Told key={`${time.getAttribute("datetime") ?? ""} ${time.dataset["site"] ?? time.dataset["machine"] ?? ""}`} time={time} />
      ))}
    </div>
  );
}

function Told({ time }: { time: HTMLElement }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const machine = time.dataset["machine"];
  const { data: its } = useQuery({
    ...machinesQuery,
    enabled: machine !== undefined,
    select: (fleet) => fleet.find((one) => one.id === machine)?.site ?? null,
  });
  const site = time.dataset["site"] ?? its ?? null;
  const { data: zones } = useQuery({ ...siteZonesQuery, enabled: site !== null });
  const ms = Date.parse(time.getAttribute("datetime") ?? "");
  const there = site === null ? undefined : zones?.get(site);
  return (
    <p>
      <span>{instant(ms, language)}</span>
      {there !== undefined && there !== shownZone() && <span>{t("time.atMachine", { time: instantIn(ms, there, language) })}</span>}
    </p>
  );
}

/** Under the instant, above it where there is no room. */
function place(bubble: HTMLElement, at: DOMRect): void {
  const { width, height } = bubble.getBoundingClientRect();
  const below = at.bottom + EDGE_PX;
  const top = below + height > innerHeight - EDGE_PX ? at.top - height - EDGE_PX : below;
  const left = Math.min(Math.max(EDGE_PX, at.left), Math.max(EDGE_PX, innerWidth - width - EDGE_PX));
  bubble.style.transform = `translate(${Math.round(left)}px, ${Math.round(Math.max(EDGE_PX, top))}px)`;
}

/** Tells `show` which instants are asked about, none when no longer; gives what ends the listening. */
function listen(show: (times: readonly HTMLElement[]) => void, bubble: { readonly current: HTMLElement | null }): () => void {
  const ends = new AbortController();
  let later: ReturnType<typeof setTimeout> | undefined;
  let steps = false;
  const soon = (times: readonly HTMLElement[], ms: number) => {
    clearTimeout(later);
    later = setTimeout(() => show(times.filter((time) => time.isConnected)), ms);
  };
  const on = <K extends keyof DocumentEventMap>(kind: K, heard: (event: DocumentEventMap[K]) => void) =>
    document.addEventListener(kind, heard, { signal: ends.signal, capture: true, passive: true });
  const isOnBubble = (target: EventTarget | null) => target instanceof Node && bubble.current?.contains(target) === true;

  on("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const time = timeAt(event.target);
    if (time !== null) soon([time], WAIT_MS);
    else if (isOnBubble(event.target)) clearTimeout(later);
    else if (bubble.current !== null || later !== undefined) soon(focusedTimes(), LEAVE_MS);
  });
  on("pointerdown", (event) => {
    if (event.pointerType !== "touch" || isOnBubble(event.target)) return;
    const time = timeAt(event.target);
    soon(time === null ? [] : [time], 0);
  });
  on("focusin", () => soon(steps ? [] : focusedTimes(), WAIT_MS));
  on("focusout", () => soon([], LEAVE_MS));
  on("keydown", (event) => {
    steps = STEPS.has(event.key);
    if (event.key === "Escape") soon([], 0);
  });
  on("scroll", () => {
    if (bubble.current !== null) soon([], 0);
  });
  return () => {
    clearTimeout(later);
    ends.abort();
  };
}

function focusedTimes(): HTMLElement[] {
  const focused = document.activeElement;
  return focused !== null && focused.matches(":focus-visible") ? timesOf(focused) : [];
}
