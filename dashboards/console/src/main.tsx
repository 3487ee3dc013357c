import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { speak } from "./app/i18n";
import { preferences } from "./app/preferences";
import "./app/app.css";

const RELOADED_AT = "ecc.reloaded-at";

// The server has a newer build than this page: its pieces are gone, so take the new page, once.
window.addEventListener("vite:preloadError", (event) => {
  const last = Number(sessionStorage.getItem(RELOADED_AT) ?? 0);
  if (Date.now() - last < 60_000) return;
  event.preventDefault();
  sessionStorage.setItem(RELOADED_AT, String(Date.now()));
  window.location.reload();
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
document.documentElement.dataset["appearance"] = preferences().appearance;
const locale = await speak(preferences().language);
createRoot(root).render(
  <StrictMode>
    <App firstLocale={locale} />
  </StrictMode>,
);
