/** The rules workshop: what judges the machines, how well it does, and the way from an idea to a live rule. */
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, Route, Routes, useLocation, useParams } from "react-router";
import { sessionQuery } from "../api/queries";
import { NotFoundPage } from "../app/NotFoundPage";
import { EmptyNotice } from "../app/Notice";
import { Page } from "../app/Page";
import { PageLoading } from "../app/PageLoading";
import { RuleList } from "./RuleList";
import "./rules.css";

const EditPage = lazy(async () => ({ default: (await import("./EditPage")).EditPage }));
const RulePage = lazy(async () => ({ default: (await import("./RulePage")).RulePage }));
const SetList = lazy(async () => ({ default: (await import("./SetList")).SetList }));
const SetPage = lazy(async () => ({ default: (await import("./SetPage")).SetPage }));
const ReplayList = lazy(async () => ({ default: (await import("./ReplayList")).ReplayList }));
const ReplayPage = lazy(async () => ({ default: (await import("./ReplayPage")).ReplayPage }));
const TuningList = lazy(async () => ({ default: (await import("./TuningList")).TuningList }));
const TuningPage = lazy(async () => ({ default: (await import("./TuningPage")).TuningPage }));
const DetectorList = lazy(async () => ({ default: (await import("./DetectorList")).DetectorList }));

const RIGHT = "read_rules";

export function RulesPage() {
  const { t } = useTranslation();
  const [part = "", thing] = (useParams()["*"] ?? "").split("/");
  const names: Readonly<Record<string, string>> = { sets: t("rules.part.sets"), replays: t("rules.part.replays"), tunings: t("rules.part.tunings"), models: t("rules.part.models"), edit: t("rules.edit") };
  const name = part === "rule" ? thing : names[part];
  return (
    <Page title={t("rules.title")} name={name === undefined ? t("rules.title") : `${name} · ${t("rules.title")}`} tools={<Parts />}>
      <Allowed>
        <Suspense fallback={<PageLoading />}>
          <Routes>
            <Route index element={<RuleList />} />
            <Route path="rule/:rule" element={<RulePage />} />
            <Route path="edit" element={<EditPage />} />
            <Route path="sets" element={<SetList />} />
            <Route path="sets/:set" element={<SetPage />} />
            <Route path="replays" element={<ReplayList />} />
            <Route path="replays/:replay" element={<ReplayPage />} />
            <Route path="tunings" element={<TuningList />} />
            <Route path="tunings/:tuning" element={<TuningPage />} />
            <Route path="models" element={<DetectorList />} />
            <Route path="*" element={<NotFoundPage />} />
          </Routes>
        </Suspense>
      </Allowed>
    </Page>
  );
}

function Parts() {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionQuery);
  const { pathname } = useLocation();
  const parts = [
    { to: "/rules", text: t("rules.part.rules") },
    { to: "/rules/sets", text: t("rules.part.sets") },
    { to: "/rules/replays", text: t("rules.part.replays") },
    { to: "/rules/tunings", text: t("rules.part.tunings") },
    { to: "/rules/models", text: t("rules.part.models") },
  ];
  if (me?.rights.includes(RIGHT) !== true) return null;
  const here = parts.find(({ to }) => to !== "/rules" && pathname.startsWith(to))?.to ?? "/rules"; // a rule and the editor belong to the rules
  return (
    <nav className="rules-parts" aria-label={t("rules.parts")}>
      {parts.map(({ to, text }) => (
        <Link key={to} to={to} className="rules-part" aria-current={to === here ? "page" : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  );
}

/** Says so instead of a page of errors where the account may not read rules. */
function Allowed({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionQuery);
  if (me && !me.rights.includes(RIGHT)) return <EmptyNotice title={t("rules.notYours")} help={t("rules.notYoursHelp")} />;
  return children;
}
