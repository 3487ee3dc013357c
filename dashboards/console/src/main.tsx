import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { speak } from "./app/i18n";
import { watchForMissingPieces } from "./app/missingPiece";
import { preferences } from "./app/preferences";
import "./app/app.css";

watchForMissingPieces();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
document.documentElement.dataset["appearance"] = preferences().appearance;
const locale = await speak(preferences().language);
createRoot(root).render(
  <StrictMode>
    <App firstLocale={locale} />
  </StrictMode>,
);
