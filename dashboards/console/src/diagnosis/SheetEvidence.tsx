/** Of a hand-over's sheet: what was measured against which limits and the curves; fault codes and similar cases. */
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import type { AlarmDetail, Evidence, VisitHandOver } from "../api/types";
import { usePreferences } from "../app/preferences";
import { limitWords, quantity } from "../format/value";
import { CodesTable, useCodes } from "./Codes";
import type { Made } from "./made";
import { Cases } from "./Past";
import { SheetPlots } from "./SheetPlots";
import { ownBorders } from "./view";
import { wordsIn } from "./words";

export function SheetEvidence({ visit, evidence: { data: evidence, isComing, isFailed } }: { visit: VisitHandOver; evidence: Made<Evidence> }) {
  const { t } = useTranslation();
  return (
    <div data-testid="sheet-evidence">
      <h2>{t("diagnosis.visit.measured")}</h2>
      {evidence === undefined ? (
        isComing ? <Skeleton active title={false} paragraph={{ rows: 6 }} /> : <p className="quiet">{isFailed ? t("diagnosis.notMade") : t("problem.notLoaded")}</p>
      ) : (
        <>
          <Measured evidence={evidence} />
          {visit.evidence_revision !== null && visit.evidence_revision !== evidence.revision && <p className="quiet">{t("diagnosis.visit.newer", { then: visit.evidence_revision, now: evidence.revision })}</p>}
          <SheetPlots evidence={evidence} />
        </>
      )}
    </div>
  );
}

export function SheetCases({ alarm, evidence }: { alarm: AlarmDetail; evidence: Evidence | undefined }) {
  const { t } = useTranslation();
  const { found } = useCodes(alarm, evidence);
  return (
    <>
      <h2>{t("diagnosis.codes.title")}</h2>
      {found.length === 0 ? <p className="quiet">{t("diagnosis.codes.none")}</p> : <CodesTable codes={found} />}
      <h2>{t("diagnosis.past.title")}</h2>
      {evidence !== undefined && <Cases cases={evidence.similar} />}
    </>
  );
}

/** Every signal of the rule and of the diagnosis with its value when the condition held, and its limits. */
function Measured({ evidence }: { evidence: Evidence }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const borders = evidence.thresholds === null ? [] : ownBorders(evidence.thresholds);
  const told = evidence.signals.filter((signal) => signal.role !== "context").flatMap((signal) => evidence.freeze_frame.filter((one) => one.key === signal.key));
  if (told.length === 0) return <p className="quiet">{t("alarm.noValues")}</p>;
  return (
    <table className="diagnosis-table">
      <thead>
        <tr>
          <th scope="col">{t("diagnosis.signals.title")}</th>
          <th scope="col" className="figure">
            {t("diagnosis.visit.then")}
          </th>
          <th scope="col">{t("alarm.limit")}</th>
        </tr>
      </thead>
      <tbody>
        {told.map((one) => (
          <tr key={one.key} data-measured={one.key}>
            <td>{wordsIn(one.text, language)}</td>
            <td className="figure">
              <b>{quantity(one.value, one.unit, language)}</b>
            </td>
            <td>
              {borders
                .filter((border) => border.key === one.key)
                .map((border) => `${border.comparison} ${limitWords(border.value, border.unit, language)}`)
                .join(t("diagnosis.comma")) || "–"}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
