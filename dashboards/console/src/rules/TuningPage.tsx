/** A tuning: the proposals with their numbers, each of which can be taken over into the editor. */
import { useQuery } from "@tanstack/react-query";
import { App, Button, Progress, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import type { Tuning } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { refusalWords } from "../session/problemWords";
import { keepDraft, keptDraft } from "./draft";
import { editsOf } from "./edits";
import { Facts, WorkTag } from "./parts";
import { cancelTuning, forgetRules, ruleSetQuery, tuningQuery } from "./queries";
import { RuleName } from "./RuleName";
import { useMayEdit } from "./useMayEdit";
import { said, share } from "./words";

type Proposal = NonNullable<Tuning["result"]>["proposals"][number];

export function TuningPage() {
  const { tuning: id = "" } = useParams();
  const { t } = useTranslation();
  const tuning = useQuery(tuningQuery(Number(id)));
  if (tuning.isPending) return <Skeleton active className="panel-skeleton" />;
  if (tuning.data === undefined) return <ErrorNotice error={tuning.error} retry={() => void tuning.refetch()} />;
  return (
    <Panel id="tuning" title={t("rules.tuningNumber", { tuning: tuning.data.id })} aside={<Link to={`/rules/rule/${tuning.data.rule}`}><RuleName rule={tuning.data.rule} /></Link>} tools={<CallOff tuning={tuning.data} />}>
      <div className="rules-body">
        <Standing tuning={tuning.data} />
        <Result tuning={tuning.data} />
      </div>
    </Panel>
  );
}

function CallOff({ tuning }: { tuning: Tuning }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const mayEdit = useMayEdit();
  if (!mayEdit || (tuning.state !== "queued" && tuning.state !== "running")) return null;
  const cancel = async (): Promise<void> => {
    try {
      await cancelTuning(tuning.id);
    } catch (error) {
      void message.error(refusalWords(error, t));
    }
    await forgetRules();
  };
  return (
    <Button danger onClick={() => void cancel()}>
      {t("rules.callOff")}
    </Button>
  );
}

function Standing({ tuning }: { tuning: Tuning }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { result } = tuning;
  return (
    <>
      {(tuning.state === "queued" || tuning.state === "running") && (
        <div role="status">
          <Progress percent={Math.round(tuning.progress_ratio * 100)} status="active" aria-label={t("rules.progress")} />
        </div>
      )}
      {tuning.error !== null && (
        <p className="rules-refused" role="alert">
          {said(tuning.error, language)}
        </p>
      )}
      <Facts
        of={[
          [t("rules.state"), <WorkTag key="state" state={tuning.state} />],
          [t("rules.span"), <span key="span"><Time at={tuning.from_at} whole /> – <Time at={tuning.to_at} whole /></span>],
          [t("rules.askedBy"), tuning.started_by],
          [t("rules.begun"), <Time key="begun" at={tuning.started_at} />],
          ...(result === null
            ? []
            : ([
                [t("rules.verdicts"), t("rules.judged", { faults: result.faults, nuisances: result.nuisances })],
                [t("rules.tried"), result.tried],
                [t("rules.mayBeLost"), t("rules.mayBeLostHelp", { share: share(result.may_be_lost_ratio, language) })],
              ] as const)),
        ]}
      />
    </>
  );
}

function Result({ tuning }: { tuning: Tuning }) {
  const { t } = useTranslation();
  const { result } = tuning;
  if (result === null) return null;
  if (result.reason !== null) return <EmptyNotice title={t("rules.nothingProposed")} help={t(`rules.untuned.${result.reason}`, { faults: result.least_faults, nuisances: result.least_nuisances })} />;
  return (
    <ol className="rules-proposals">
      {result.proposals.map((one, index) => (
        <li key={JSON.stringify(one.members)} data-testid="proposal">
          <h3>{t("rules.proposal", { number: index + 1 })}</h3>
          <dl>
            {Object.entries(one.members).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <code>{typeof value === "string" ? value : Object.entries(value as Record<string, string>).map(([limit, to]) => `${limit} = ${to}`).join(", ")}</code>
                </dd>
              </div>
            ))}
          </dl>
          <p>
            {t("rules.proposalKeeps", { kept: one.faults_kept, faults: result.faults })} · {t("rules.proposalSaves", { count: one.nuisances_saved.length, of: result.nuisances })} · {t("rules.proposalLater", { seconds: one.later_s })} ·{" "}
            {t("rules.proposalFindings", { before: one.findings_before, after: one.findings })}
          </p>
          <TakeOver proposal={one} tuning={tuning} />
        </li>
      ))}
    </ol>
  );
}

function TakeOver({ proposal, tuning }: { proposal: Proposal; tuning: Tuning }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const go = useNavigate();
  const mayEdit = useMayEdit();
  const live = useQuery(ruleSetQuery("live"));
  if (!mayEdit) return null;
  const take = (): void => {
    keepDraft(proposal.edits, live.data === undefined ? "" : editsOf(live.data));
    void go(`/rules/edit?rule=${tuning.rule}`);
  };
  const ask = (): void => {
    if (keptDraft() === null) take();
    else void modal.confirm({ title: t("rules.overwrite"), content: t("rules.overwriteHelp"), okText: t("rules.takeOver"), cancelText: t("rules.cancel"), onOk: take });
  };
  return (
    <Button type="primary" onClick={ask} data-testid="take-over">
      {t("rules.takeOver")}
    </Button>
  );
}
