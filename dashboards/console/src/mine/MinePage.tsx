/** The owner's own view, for a phone first: machines, what needs them, what they were told, reports, and asking for help. */
import { BellOutlined, FileTextOutlined, HomeOutlined, QuestionCircleOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, NavLink, Route, Routes, useParams } from "react-router";
import { Page } from "../app/Page";
import { HelpPart } from "./HelpPart";
import { MachinesPart } from "./MachinesPart";
import { NoticesPart } from "./NoticesPart";
import { ReportsPart } from "./ReportsPart";
import "../machine_page/machine-page.css";
import "./mine.css";

const PARTS: readonly (readonly [path: string, word: "machines" | "notices" | "reports" | "help", icon: ReactNode])[] = [
  ["", "machines", <HomeOutlined key="machines" />],
  ["notices", "notices", <BellOutlined key="notices" />],
  ["reports", "reports", <FileTextOutlined key="reports" />],
  ["help", "help", <QuestionCircleOutlined key="help" />],
];

export function MinePage() {
  const { t } = useTranslation();
  const { "*": here = "" } = useParams();
  const part = PARTS.find(([path]) => path === here)?.[1] ?? "machines";
  return (
    <Page title={t("mine.title")} name={part === "machines" ? t("mine.title") : t(`mine.part.${part}`)}>
      <nav className="mine-parts" aria-label={t("mine.parts")}>
        {PARTS.map(([path, word, icon]) => (
          <NavLink key={word} to={`/mine${path === "" ? "" : `/${path}`}`} end className="mine-part">
            {icon}
            <span>{t(`mine.part.${word}`)}</span>
          </NavLink>
        ))}
      </nav>
      <Routes>
        <Route index element={<MachinesPart />} />
        <Route path="notices" element={<NoticesPart />} />
        <Route path="reports" element={<ReportsPart />} />
        <Route path="help" element={<HelpPart />} />
        <Route path="*" element={<Navigate to="/mine" replace />} />
      </Routes>
    </Page>
  );
}
