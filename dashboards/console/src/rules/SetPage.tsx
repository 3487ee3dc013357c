/** One set: where it stands, what it changes, its replays, what it found in shadow; and what may be done with it. */
import { EditOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Segmented, Skeleton } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import type { RuleSetDetail } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { PageLoading } from "../app/PageLoading";
import { Panel } from "../app/Panel";
import { Time } from "../app/Time";
import { AskReplay } from "./AskReplay";
import { Differences } from "./Differences";
import { editsOf } from "./edits";
import { Facts, LinkButton, stateOf, StateTag } from "./parts";
import { ruleSetQuery, switchesQuery } from "./queries";
import { ReplayTable } from "./ReplayList";
import { RollBack, SetActions } from "./SetActions";
import { ShadowFindings } from "./ShadowFindings";
import { useChoice } from "./useChoice";
import { useMayEdit } from "./useMayEdit";

const TextDiff = lazy(async () => ({ default: (await import("./TextDiff")).TextDiff }));
const VIEWS = ["differences", "text", "shadow"] as const;

export function SetPage() {
  const { set: reference = "" } = useParams();
  const set = useQuery(ruleSetQuery(reference));
  if (set.isPending) return <Skeleton active className="panel-skeleton" />;
  if (set.data === undefined) return <ErrorNotice error={set.error} retry={() => void set.refetch()} />;
  return <Shown set={set.data} />;
}

function Shown({ set }: { set: RuleSetDetail }) {
  const { t } = useTranslation();
  const mayEdit = useMayEdit();
  const [view, setView] = useChoice("view", VIEWS);
  return (
    <div className="rules-two">
      <Panel
        id="set-changes"
        title={t("rules.changes")}
        tools={<Segmented size="small" aria-label={t("rules.changesAs")} value={view} onChange={setView} options={VIEWS.map((value) => ({ value, label: t(`rules.view.${value}`) }))} />}
      >
        {view === "differences" && <AgainstLive set={set} />}
        {view === "text" && (
          <Suspense fallback={<PageLoading />}>
            <SetText set={set} />
          </Suspense>
        )}
        {view === "shadow" && <ShadowFindings ruleSet={String(set.id)} />}
      </Panel>
      <div className="rules-column">
        <Panel
          id="set"
          title={t("rules.setNumber", { set: set.id })}
          tools={
            <>
              {mayEdit && set.kind === "site" && (
                <LinkButton to={`/rules/edit?from=${set.id}`} icon={<EditOutlined />}>
                  {t("rules.goOnFrom")}
                </LinkButton>
              )}
              <SetActions set={set} />
              {set.role === "live" && <RollBack live={set} />}
            </>
          }
        >
          <Standing set={set} />
        </Panel>
        <Panel id="set-replays" title={t("rules.part.replays")} tools={mayEdit && <AskReplay ruleSet={set.id} />}>
          <ReplayTable ruleSet={set.id} />
        </Panel>
      </div>
    </div>
  );
}

function AgainstLive({ set }: { set: RuleSetDetail }) {
  const { t } = useTranslation();
  const against = set.role === "live" ? String(set.base_id ?? "base") : "live";
  return (
    <div className="rules-body">
      <p className="quiet">{against === "live" ? t("rules.againstLive") : t("rules.againstBase")}</p>
      <Differences here={String(set.id)} there={against} />
    </div>
  );
}

/** The site's edits of this set beside those of the live one. */
function SetText({ set }: { set: RuleSetDetail }) {
  const { t } = useTranslation();
  const live = useQuery(ruleSetQuery("live"));
  if (live.data === undefined) return <PageLoading />;
  return <TextDiff before={set.role === "live" ? "language = 1\n" : editsOf(live.data)} after={editsOf(set)} label={t("rules.textDiff")} />;
}

function Standing({ set }: { set: RuleSetDetail }) {
  const { t } = useTranslation();
  const { data: switches } = useQuery(switchesQuery);
  const wasLive = new Set((switches?.items ?? []).flatMap((one) => (one.role === "live" && one.rule_set_id !== null ? [one.rule_set_id] : [])));
  return (
    <Facts
      of={[
        [t("rules.state"), <StateTag key="state" state={stateOf(set, wasLive)} />],
        [t("rules.entered"), <span key="entered">{set.entered_by}, <Time at={set.entered_at} /></span>],
        [t("rules.note"), set.note || "–"],
        [t("rules.kind"), set.kind === "base" ? t("rules.shipped") : t("rules.onBase", { set: set.base_id })],
        [t("rules.version"), <code key="version">{set.rules_version}</code>],
        [t("rules.rulesIn"), set.rules.length],
        [t("rules.records"), set.replays],
      ]}
    />
  );
}
