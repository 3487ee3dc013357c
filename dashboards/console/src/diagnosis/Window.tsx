/** What the finding stands on besides its curves: the condition, how good the data is, the last values, and what is not believed. */
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { signalName } from "../alarms/alarmName";
import { CodeWord } from "../alarms/CodeWord";
import { signalsQuery } from "../api/queries";
import type { Evidence } from "../api/types";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { clock } from "../format/time";
import { limitWords, quantity } from "../format/value";
import { When } from "../machines/When";
import type { Made } from "./made";
import { wordsIn } from "./words";

const GAPS = 3;

export function Window({ evidence: { data: evidence, isComing, isFailed } }: { evidence: Made<Evidence> }) {
  const { t } = useTranslation();
  return (
    <Panel id="window" title={t("diagnosis.window.title")} aside={evidence !== undefined && <span className="quiet">{t("diagnosis.window.revision", { revision: evidence.revision })}</span>}>
      <div className="diagnosis-pad">{evidence !== undefined ? <Known evidence={evidence} /> : isComing ? <Skeleton active title={false} paragraph={{ rows: 4 }} /> : <p className="quiet">{isFailed ? t("diagnosis.notMade") : t("problem.notLoaded")}</p>}</div>
    </Panel>
  );
}

function Known({ evidence }: { evidence: Evidence }) {
  return (
    <>
      <dl className="alarm-lines">
        <Condition evidence={evidence} />
        <Quality evidence={evidence} />
        <Doubts evidence={evidence} />
      </dl>
      <Frame evidence={evidence} />
    </>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Condition({ evidence: { thresholds, expected, regime } }: { evidence: Evidence }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: catalogue } = useQuery(signalsQuery);
  return (
    <>
      {thresholds !== null && (
        <Line name={t("diagnosis.window.when")}>
          <code>{thresholds.when}</code> {thresholds.for_s > 0 && t("diagnosis.window.for", { seconds: thresholds.for_s })}
          {thresholds.limits
            .filter((limit) => limit.own !== null)
            .map((limit) => (
              <p key={limit.name}>
                {t("diagnosis.window.own", { name: limit.name, value: limitWords(limit.value, limit.unit, language), shipped: limitWords(limit.own?.shipped ?? 0, limit.unit, language), reason: limit.own?.reason ?? "" })}
              </p>
            ))}
        </Line>
      )}
      {expected.map((one) => (
        <Line key={one.key} name={t("diagnosis.window.expected")}>
          {signalName(catalogue, one.key, language)} {quantity(one.value, one.unit, language)}
        </Line>
      ))}
      {regime !== null && (
        <Line name={t("diagnosis.window.regime")}>
          <CodeWord list="regimes" code={regime.at_held} />
        </Line>
      )}
    </>
  );
}

function Quality({ evidence: { quality } }: { evidence: Evidence }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (quality === null) return null;
  return (
    <Line name={t("diagnosis.window.quality")}>
      {t("diagnosis.window.rows", { count: quality.rows })}
      {quality.received_ratio !== null && ` · ${t("diagnosis.window.received", { share: Math.min(1, quality.received_ratio).toLocaleString(language, { style: "percent" }) })}`}
      {quality.late > 0 && ` · ${t("diagnosis.window.late", { count: quality.late })}`}
      {quality.gaps.slice(0, GAPS).map((gap) => (
        <p key={gap.from_at} className="quiet">
          <When at={gap.from_at}>{clock(Date.parse(gap.from_at), language)}</When>–<When at={gap.to_at}>{clock(Date.parse(gap.to_at), language)}</When> <CodeWord list="gap_reasons" code={gap.reason} />
        </p>
      ))}
    </Line>
  );
}

function Doubts({ evidence: { trust, silenced_rules: silenced, withheld } }: { evidence: Evidence }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: catalogue } = useQuery(signalsQuery);
  return (
    <>
      {trust.map((one) => (
        <Line key={`${one.key} ${one.from_at}`} name={t("diagnosis.window.doubted")}>
          {signalName(catalogue, one.key, language)}:{" "}
          {one.reasons.map((reason) => (
            <span key={reason}>
              <CodeWord list="distrust_reasons" code={reason} />{" "}
            </span>
          ))}
        </Line>
      ))}
      {silenced.length > 0 && <Line name={t("diagnosis.window.silenced")}>{silenced.map((rule) => wordsIn(rule.text, language)).join(t("diagnosis.comma"))}</Line>}
      {withheld.length > 0 && <Line name={t("diagnosis.window.withheld")}>{withheld.map((key) => signalName(catalogue, key, language)).join(t("diagnosis.comma"))}</Line>}
    </>
  );
}

/** The last value of every signal when the condition had held long enough. */
function Frame({ evidence: { freeze_frame: frame } }: { evidence: Evidence }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (frame.length === 0) return null;
  return (
    <details>
      <summary>{t("diagnosis.window.frame", { count: frame.length })}</summary>
      <ul className="frame">
        {frame.map((one) => (
          <li key={one.key} className={one.is_held ? "" : "quiet"} title={t("diagnosis.window.age", { seconds: one.age_s })}>
            <span>{wordsIn(one.text, language)}</span>
            <b className="figure">{quantity(one.value, one.unit, language)}</b>
          </li>
        ))}
      </ul>
    </details>
  );
}
