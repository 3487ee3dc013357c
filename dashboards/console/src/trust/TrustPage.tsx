/** How far the data can be trusted: how late it is, what was refused, which rules are off, when the platform was down. */
import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { Page } from "../app/Page";
import { LatenessPanel } from "./LatenessPanel";
import { PlatformPanel } from "./PlatformPanel";
import { RefusalsPanel } from "./RefusalsPanel";
import { RulesOffPanel } from "./RulesOffPanel";
import { SilentMinutes } from "./SilentMinutes";
import { SPANS_H, type SpanH } from "./queries";
import "./trust.css";

export function TrustPage() {
  const { t } = useTranslation();
  const [hours, choose] = useSpan();
  return (
    <Page
      title={t("trust.title")}
      aside={t("trust.about")}
      tools={
        <Segmented<SpanH>
          value={hours}
          onChange={choose}
          options={SPANS_H.map((value) => ({ value, label: t(`trust.span.${value}`) }))}
          aria-label={t("trust.spanLabel")}
          data-testid="trust-span"
        />
      }
    >
      <div className="trust">
        <LatenessPanel hours={hours} />
        <RefusalsPanel hours={hours} />
        <PlatformPanel hours={hours} />
        <SilentMinutes hours={hours} />
        <RulesOffPanel />
      </div>
    </Page>
  );
}

/** The span is in the address. */
function useSpan(): [SpanH, (hours: SpanH) => void] {
  const [search, setSearch] = useSearchParams();
  const hours = SPANS_H.find((one) => String(one) === search.get("hours")) ?? SPANS_H[0];
  return [
    hours,
    (next) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          if (next === SPANS_H[0]) after.delete("hours");
          else after.set("hours", String(next));
          return after;
        },
        { replace: true },
      ),
  ];
}
