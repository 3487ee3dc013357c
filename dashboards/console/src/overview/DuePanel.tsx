/** Service and inspections that are overdue, due, and due soon. */
import { useQuery } from "@tanstack/react-query";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { DueItem } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { leftWords } from "./dueWords";
import type { Sites } from "./narrowed";
import { dueQuery } from "./queries";
import { Rows } from "./Rows";

const SHOWN = 3;
const STATES = ["overdue", "due", "soon"] as const;

/** `sites`: the machines of the part that is looked at, null: all of them; `all`: where their list is. */
export const DuePanel = memo(function DuePanel({ sites, all }: { sites: Sites | null; all: string }) {
  const { t } = useTranslation();
  const due = useQuery(dueQuery);
  const items = due.data?.items.filter((item) => sites === null || sites.has(item.machine_id)) ?? [];
  const more = due.data?.isMore === true ? "+" : "";
  return (
    <Panel
      id="overview-due"
      title={t("overview.due")}
      aside={
        due.data &&
        STATES.map((state) => (
          <span key={state} className={`due-count due-${state}`} data-testid={`due-${state}`}>
            <b className="figure">
              {items.filter((item) => item.state === state).length}
              {state === "soon" ? more : ""}
            </b>{" "}
            {t(`overview.dueState.${state}`)}
          </span>
        ))
      }
      tools={<Link to={all}>{t("overview.all")}</Link>}
    >
      {due.isError && due.data === undefined ? (
        <ErrorNotice error={due.error} retry={() => void due.refetch()} />
      ) : (
        <Rows pending={due.isPending} count={SHOWN} empty={<EmptyNotice title={t("overview.noDue")} help={t("overview.noDueHelp")} />}>
          {items.slice(0, SHOWN).map((item) => (
            <DueRow key={`${item.machine_id} ${item.item} ${item.cycle}`} item={item} />
          ))}
        </Rows>
      )}
    </Panel>
  );
});

function DueRow({ item }: { item: DueItem }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <li>
      <Link className="overview-row" to={`/machines/${item.machine_id}?tab=service`}>
        <span className={`due-mark due-${item.state}`}>{t(`overview.dueState.${item.state as (typeof STATES)[number]}`)}</span>
        <span className="overview-what">
          <b>{language === "zh-CN" ? item.text.zh : item.text.en}</b>
          <small>{item.machine_name}</small>
        </span>
        <span className="overview-since figure">{leftWords(item.left, t, language)}</span>
      </Link>
    </li>
  );
}
