import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../alarms/CodeWord";
import { scopeParts } from "./words";

/** For which machines a rule is, in words. */
export function Scope({ of }: { of: string }) {
  const { t } = useTranslation();
  if (of === "all") return <>{t("rules.everyMachine")}</>;
  return scopeParts(of, t).map(({ what, named }, i) => (
    <Fragment key={what}>
      {i > 0 && " · "}
      {what === "mode" ? <Modes of={named} /> : what === "software" ? `${t("rules.softwareIs")} ${named.join(" / ")}` : named.join(" / ")}
    </Fragment>
  ));
}

/** Modes of machines, in words. */
export function Modes({ of }: { of: readonly string[] }) {
  return of.map((mode, i) => (
    <Fragment key={mode}>
      {i > 0 && " / "}
      <CodeWord list="machine_modes" code={mode} />
    </Fragment>
  ));
}
