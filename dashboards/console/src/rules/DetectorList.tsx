/** Models of machines that learned what is healthy: which judge, what they learned from, how well. */
import { useQuery } from "@tanstack/react-query";
import { Segmented, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { serverNow } from "../api/client";
import type { Detector } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { detectorsQuery } from "./queries";
import { useChoice } from "./useChoice";
import { usePaged } from "./usePaged";
import { count } from "./words";

const STANDINGS = ["own", "family", "learning", "frozen", "not_assessed"] as const;
const SHOWN = ["inForce", "all"] as const;

interface Card {
  readonly rows?: number;
  readonly signals?: readonly string[];
  readonly learned_from?: string;
  readonly learned_to?: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

export function DetectorList() {
  const { t } = useTranslation();
  const [which, setWhich] = useChoice("which", SHOWN);
  const detectors = useQuery(detectorsQuery(which === "inForce"));
  const { shown, more } = usePaged(detectors.data ?? []);
  return (
    <Panel
      id="detectors"
      title={t("rules.part.models")}
      aside={t("rules.modelsHelp")}
      tools={<Segmented size="small" aria-label={t("rules.which")} value={which} onChange={setWhich} options={SHOWN.map((value) => ({ value, label: t(`rules.modelsShown.${value}`) }))} />}
    >
      {detectors.isPending ? (
        <Skeleton active className="panel-skeleton" />
      ) : detectors.data === undefined ? (
        <ErrorNotice error={detectors.error} retry={() => void detectors.refetch()} />
      ) : detectors.data.length === 0 ? (
        <EmptyNotice title={which === "all" ? t("rules.noModelsAll") : t("rules.noModels")} help={t("rules.noModelsHelp")}>
          <pre className="rules-commands" tabIndex={0} aria-label={t("rules.noModelsHelp")}>
            {trainCommand(serverNow())}
          </pre>
        </EmptyNotice>
      ) : (
        <div className="rules-scroll" role="group" aria-label={t("rules.part.models")} tabIndex={0}>
          <table className="rules-table" data-testid="detectors-list">
            <thead>
              <tr>
                <th scope="col">{t("rules.model")}</th>
                <th scope="col">{t("rules.judges")}</th>
                <th scope="col">{t("rules.state")}</th>
                <th scope="col">{t("rules.learned")}</th>
                <th scope="col">{t("rules.signals")}</th>
                <th scope="col">{t("rules.measures")}</th>
                <th scope="col">{t("rules.standings")}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((one) => (
                <Row key={one.id} detector={one} />
              ))}
            </tbody>
          </table>
          {more}
        </div>
      )}
    </Panel>
  );
}

const DAY_MS = 86_400_000;
const LEARNED_DAYS = 14;

/** Learning from the last two weeks, as docs/models.md has it; and what then there is. */
function trainCommand(now: number): string {
  const day = (at: number): string => `${new Date(at).toISOString().slice(0, 10)}T00:00:00Z`;
  return `./ecc train baseline --from ${day(now - LEARNED_DAYS * DAY_MS)} --to ${day(now)} --promote\n./ecc detectors list`;
}

function Row({ detector }: { detector: Detector }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const card = detector.card as Card;
  const figure = (value: number): string => value.toLocaleString(language, { maximumFractionDigits: 3 });
  return (
    <tr>
      <td>
        <b>{detector.name}</b> <span className="quiet">v{detector.version}</span>
      </td>
      <td>{detector.machine_id === null ? (detector.model ?? "–") : <Link to={`/machines/${detector.machine_id}`}>{detector.pin}</Link>}</td>
      <td>
        <span className={`rules-tag rules-work-${detector.state === "ok" ? (detector.in_force ? "done" : "cancelled") : "failed"}`} title={detector.reason ?? undefined}>
          {detector.state === "ok" && !detector.in_force ? t("rules.notInForce") : t(`rules.modelState.${detector.state}`)}
        </span>
      </td>
      <td>
        <Time at={card.learned_from ?? null} /> – <Time at={card.learned_to ?? null} />
        <br />
        <span className="quiet">{t("rules.learnedFrom", { rows: count(card.rows ?? 0, language), machines: detector.machines })}</span>
      </td>
      <td className="rules-signals" title={card.signals?.join("\n")}>
        {card.signals?.slice(0, 3).join(", ") ?? "–"}
        {(card.signals?.length ?? 0) > 3 && ` +${card.signals!.length - 3}`}
      </td>
      <td>
        {Object.entries(card.metrics ?? {}).map(([name, value]) => (
          <span key={name} className="rules-measure">
            {name} <b>{figure(value)}</b>
          </span>
        ))}
      </td>
      <td>
        {STANDINGS.filter((name) => detector.standings[name]).map((name) => (
          <span key={name} className="rules-measure">
            {t(`rules.standing.${name}`)} <b>{detector.standings[name]}</b>
          </span>
        ))}
      </td>
    </tr>
  );
}
