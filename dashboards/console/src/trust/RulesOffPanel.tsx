/** Rules that raise nothing now, since when, and why. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { signalName } from "../alarms/alarmName";
import { sessionQuery, signalsQuery } from "../api/queries";
import type { RulesOff, Words } from "../api/types";
import { ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { rulesOffQuery } from "./queries";

const NAMED = 4;

export function RulesOffPanel() {
  const { t } = useTranslation();
  const found = useQuery(rulesOffQuery);
  const data = found.data;
  return (
    <Panel id="trust-rules" title={t("trust.rulesOff")} aside={data && <span data-testid="trust-rules-count">{t("trust.rulesInForce", { count: data.rules })}</span>}>
      {found.isError && data === undefined ? (
        <ErrorNotice error={found.error} retry={() => void found.refetch()} />
      ) : data === undefined ? (
        <Skeleton active title={false} paragraph={{ rows: 5 }} className="panel-skeleton" />
      ) : (
        <div className="trust-body">
          <Disabled data={data} />
          <Withheld data={data} />
          <ForMachines data={data} />
          <Shadow data={data} />
        </div>
      )}
    </Panel>
  );
}

function Part({ title, help, count, none, children }: { title: string; help: string; count: number; none: string; children: ReactNode }) {
  return (
    <section className="trust-rules-part">
      <h3>
        {title} <b className="figure">{count}</b>
      </h3>
      <p className="quiet">{count === 0 ? none : help}</p>
      {count > 0 && <ul>{children}</ul>}
    </section>
  );
}

function RuleName({ rule, text }: { rule: string; text: Words }) {
  const { language } = usePreferences();
  const { data: me } = useQuery(sessionQuery);
  const words = language === "zh-CN" ? text.zh : text.en;
  return me?.rights.includes("read_rules") ? <Link to={`/rules/live/${rule}`}>{words}</Link> : <b>{words}</b>;
}

function Disabled({ data }: { data: RulesOff }) {
  const { t } = useTranslation();
  return (
    <Part title={t("trust.disabled")} help={t("trust.disabledHelp")} none={t("trust.noDisabled")} count={data.disabled.length}>
      {data.disabled.map((row) => (
        <li key={row.rule}>
          <RuleName rule={row.rule} text={row.text} /> <span className="quiet">{row.note}</span>
          <span className="trust-since">
            {t("trust.sinceBy", { by: row.by })} <Time at={row.since} />
          </span>
        </li>
      ))}
    </Part>
  );
}

function Withheld({ data }: { data: RulesOff }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: signals } = useQuery(signalsQuery);
  return (
    <Part title={t("trust.withheld")} help={t("trust.withheldHelp")} none={t("trust.noWithheld")} count={data.withheld.length}>
      {data.withheld.map((row) => (
        <li key={row.rule}>
          <RuleName rule={row.rule} text={row.text} />
          <span className="trust-machines">
            {row.named.slice(0, NAMED).map((one) => (
              <Link key={one.machine_id + one.signal} to={`/machines/${one.machine_id}?tab=data`} title={signalName(signals, one.signal, language)}>
                {one.machine_name}
              </Link>
            ))}
            {row.machines > NAMED && <span className="quiet">{t("trust.andMore", { count: row.machines - NAMED })}</span>}
          </span>
          <span className="trust-since">
            {t("trust.since")} <Time at={row.since} />
          </span>
        </li>
      ))}
    </Part>
  );
}

function ForMachines({ data }: { data: RulesOff }) {
  const { t } = useTranslation();
  return (
    <Part title={t("trust.forMachines")} help={t("trust.forMachinesHelp")} none={t("trust.noForMachines")} count={data.off_for_machines.length}>
      {data.off_for_machines.map((row) => (
        <li key={row.machine_id + row.rule}>
          <RuleName rule={row.rule} text={row.text} /> <Link to={`/machines/${row.machine_id}`}>{row.machine_name}</Link> <span className="quiet">{row.reason}</span>
          <span className="trust-since">
            {t("trust.sinceBy", { by: row.by })} <Time at={row.since} machine={row.machine_id} /> {t("trust.until")} <Time at={row.until} machine={row.machine_id} />
          </span>
        </li>
      ))}
    </Part>
  );
}

function Shadow({ data }: { data: RulesOff }) {
  const { t } = useTranslation();
  return (
    <Part title={t("trust.shadow")} help={t("trust.shadowHelp")} none={t("trust.noShadow")} count={data.shadow.length}>
      {data.shadow.map((row) => (
        <li key={row.rule}>
          <RuleName rule={row.rule} text={row.text} /> <span className="quiet">{row.is_new ? t("trust.shadowNew") : t("trust.shadowOther")}</span>
          <span className="trust-since">
            {t("trust.since")} <Time at={row.since} />
          </span>
        </li>
      ))}
    </Part>
  );
}
