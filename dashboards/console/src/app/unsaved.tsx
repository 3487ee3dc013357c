/** What was typed and is not kept yet: whoever leaves it is asked first, whichever way they leave. */
import { App } from "antd";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useId, useLayoutEffect } from "react";
import { useTranslation } from "react-i18next";
import { type Location, useBlocker } from "react-router";

interface Words {
  readonly title: string;
  readonly help: string;
  readonly leave: string;
  readonly stay: string;
}

interface Held extends Words {
  /** The dialog that it stands in; "" for the page. */
  readonly dialog: string;
  readonly isLeft: (from: Location, to: Location) => boolean;
}

/** Held in one place: the router knows one guard at a time. */
const held = new Map<symbol, Held>();
const Dialog = createContext("");

/** Another page, or another part of one, takes the form's place. Signing in again is no leaving. */
const isOther = (from: Location, to: Location): boolean => !to.pathname.startsWith("/login") && (from.pathname !== to.pathname || partOf(from) !== partOf(to));
const isOtherPage = (from: Location, to: Location): boolean => !to.pathname.startsWith("/login") && from.pathname !== to.pathname;
const partOf = ({ search }: Location): string => ["part", "tab"].map((name) => new URLSearchParams(search).get(name) ?? "").join();

/** Asks before what is not kept is left, while `isChanged`. `words` are the page's own; it then stays when only the query of its address changes. */
export function useUnsaved(isChanged: boolean, words?: Words): void {
  const { t } = useTranslation();
  const dialog = useContext(Dialog);
  const { title, help, leave, stay } = words ?? { title: t("unsaved.title"), help: t("unsaved.help"), leave: t("unsaved.leave"), stay: t("unsaved.stay") };
  const isLeft = words === undefined ? isOther : isOtherPage;
  useLayoutEffect(() => {
    if (!isChanged) return;
    const id = Symbol();
    held.set(id, { title, help, leave, stay, dialog, isLeft });
    return () => void held.delete(id);
  }, [isChanged, title, help, leave, stay, dialog, isLeft]);
}

/** It is kept, or meant to be gone: the way that follows is free. */
export function forgetUnsaved(): void {
  held.clear();
}

/** A dialog: what is unsaved in it is asked about when the dialog closes. `close` closes it, once asked where needed. */
export function useDialogGuard(): { readonly Frame: (props: { children: ReactNode }) => ReactNode; readonly leave: (close: () => void) => void } {
  const id = useId();
  const { modal } = App.useApp();
  const Frame = useCallback(({ children }: { children: ReactNode }) => <Dialog value={id}>{children}</Dialog>, [id]);
  const leave = (close: () => void): void => {
    const unsaved = [...held.values()].find(({ dialog }) => dialog === id);
    if (unsaved === undefined) close();
    else ask(modal, unsaved, close, () => undefined);
  };
  return { Frame, leave };
}

type Modal = ReturnType<typeof App.useApp>["modal"];

function ask(modal: Modal, { title, help, leave, stay }: Words, onLeave: () => void, onStay: () => void): () => void {
  const asked = modal.confirm({ title, content: help, okText: leave, cancelText: stay, onOk: onLeave, onCancel: onStay });
  return asked.destroy;
}

/** Stands once in the frame of the pages. */
export function UnsavedGuard() {
  const { modal } = App.useApp();
  const blocker = useBlocker(({ currentLocation, nextLocation }) => [...held.values()].some(({ isLeft }) => isLeft(currentLocation, nextLocation)));
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (held.size > 0) event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, []);
  useEffect(() => {
    const [unsaved] = held.values();
    if (blocker.state !== "blocked") return;
    if (unsaved === undefined) return blocker.proceed();
    return ask(modal, unsaved, () => blocker.proceed(), () => blocker.reset());
  }, [blocker, modal]);
  return null;
}
