/** The sound of a new critical alarm. Browsers play none before the page's first click or key, so it may have to wait for that. */
import { useSyncExternalStore } from "react";

/** `asleep`: on, and the browser allows none yet. */
export type SoundState = "on" | "asleep" | "off";

const STORED_AS = "ecc.sound";
const TONES_HZ = [880, 660, 880];
const TONE_S = 0.16;
const LOUDNESS = 0.22;
const JUST_MS = 1_000;

const listeners = new Set<() => void>();
let context: AudioContext | null = null;
let wokeAt = Number.NEGATIVE_INFINITY;
let isOff = stored() === "off";

function stored(): string | null {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null; // Without storage it is on.
  }
}

function state(): SoundState {
  if (isOff) return "off";
  return context?.state === "running" ? "on" : "asleep";
}

function tell(): void {
  for (const listener of listeners) listener();
}

async function wake(): Promise<void> {
  if (isOff || context?.state === "running") return;
  context ??= new AudioContext();
  await context.resume();
  wokeAt = performance.now();
  tell();
}

const onFirst = (): void => void wake();

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, onFirst);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) for (const kind of ["pointerdown", "keydown"]) document.removeEventListener(kind, onFirst);
  };
}

export function useSound(): SoundState {
  return useSyncExternalStore(subscribe, state);
}

/** Turns it on or off; remembered in this browser. A click that has just woken it leaves it on. */
export function switchSound(): void {
  const on = isOff || context?.state !== "running" || performance.now() - wokeAt < JUST_MS;
  isOff = !on;
  try {
    localStorage.setItem(STORED_AS, on ? "on" : "off");
  } catch {
    // It holds until the page is left.
  }
  if (on) void wake().then(call);
  tell();
}

/** Three short tones; nothing while the sound is off or asleep. */
export function call(): void {
  if (context === null || state() !== "on") return;
  let at = context.currentTime + 0.02;
  for (const tone of TONES_HZ) {
    const oscillator = new OscillatorNode(context, { type: "triangle", frequency: tone });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.015);
    volume.gain.setValueAtTime(LOUDNESS, at + TONE_S - 0.04);
    volume.gain.linearRampToValueAtTime(0, at + TONE_S);
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + TONE_S);
    at += TONE_S + 0.03;
  }
}
