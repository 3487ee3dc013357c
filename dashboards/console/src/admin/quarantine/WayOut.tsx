/** What to do about what was refused for this reason. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

const KNOWN = ["unknown_terminal", "not_installed", "clock_past", "clock_future"] as const;

export function WayOut({ reason }: { reason: string }) {
  const { t } = useTranslation();
  const known = KNOWN.find((one) => one === reason);
  const way = known ?? "other";
  return (
    <>
      {t(`admin.ways.${way}`)} {known === "unknown_terminal" && <Link to="/admin/terminals/new">{t("admin.registerTerminal")}</Link>}
      {known === "not_installed" && <Link to="/admin/terminals">{t("admin.section.terminals")}</Link>}
    </>
  );
}
