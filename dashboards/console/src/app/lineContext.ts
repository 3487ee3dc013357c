import { createContext } from "react";
import type { LineState } from "../live/line";

/** The state of the live line, for whatever must say that it stands still. */
export const LineContext = createContext<LineState>({ phase: "connecting", since: 0 });
