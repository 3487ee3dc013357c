/** How many problems of the span were solved without anybody going there: what the control centre is run by. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import type { RemoteResolution } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Figure } from "./Figure";
import { remoteQuery } from "./queries";
import type { Span } from "./span";

export function RemotePanel({ span }: { span: Span }) {
  const { t } = useTranslation();
  const remote = useQuery(remoteQuery(span));
  return (
    <Panel id="remote" title={t("shift.remote.title")}>
      {remote.isPending ? (
        <Skeleton active title={false} paragraph={{ rows: 2 }} className="panel-skeleton" />
      ) : remote.data === undefined ? (
        <ErrorNotice error={remote.error} retry={() => void remote.refetch()} />
      ) : remote.data.problems === 0 ? (
        <EmptyNotice title={t("shift.remote.none")} help={t("shift.remote.noneHelp")} />
      ) : (
        <Figures of={remote.data} />
      )}
    </Panel>
  );
}

function Figures({ of }: { of: RemoteResolution }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const share = (part: number, digits = 0): string => part.toLocaleString(language, { style: "percent", maximumFractionDigits: digits });
  const goal = t("shift.remote.goal", { goal: share(of.goal) });
  const sure = of.share_low === null || of.share_high === null ? "" : ` · ${t("shift.remote.sure", { low: share(of.share_low), high: share(of.share_high) })}`;
  return (
    <div className="shift-figures">
      <Figure
        name={t("shift.remote.share")}
        value={of.share === null ? "–" : share(of.share, 1)}
        limit={goal + sure}
        {...(of.share === null ? {} : { isKept: of.share >= of.goal })}
        missed={t("shift.remote.below")}
        help={t("shift.remote.definition", { goal: share(of.goal) })}
        testId="remote-share"
      />
      <Figure name={t("shift.remote.remotely")} value={of.remotely} testId="remote-remotely" />
      <Figure name={t("shift.remote.byVisit")} value={of.by_visit} testId="remote-by-visit" />
      <Figure name={t("shift.remote.handedOver")} value={of.handed_over} help={t("shift.remote.handedOverHelp")} testId="remote-handed-over" />
      <Figure name={t("shift.remote.unsolved")} value={of.unsolved} help={t("shift.remote.unsolvedHelp")} testId="remote-unsolved" />
    </div>
  );
}
