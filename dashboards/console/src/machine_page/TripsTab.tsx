/** Where the machine went: its trips on the map and beside it, each showing the other on hover. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, Suspense, useCallback, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import type { MachineTrip, MachineTrips } from "../api/types";
import { EmptyNotice } from "../app/Notice";
import { PageLoading } from "../app/PageLoading";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { day, hourAndMinute, shownZone } from "../format/time";
import { quantity } from "../format/value";
import { When } from "../machines/When";
import { Answer } from "./Answer";
import { DaysPick, useDays } from "./DaysPick";
import { duration } from "./duration";
import type { TabProps } from "./MachinePage";
import { withPart } from "./machinesFilter";
import { tripsQuery } from "./queries";
import type { Days } from "./span";
import { stands, tripId } from "./tripShapes";
import { dayOf } from "./wallTime";

const MONTH_MS = 31 * 86_400_000;
const TripsMap = lazy(async () => ({ default: (await import("./TripsMap")).TripsMap }));

export function TripsTab({ machine }: TabProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { days, stretch, set } = useDays(7);
  const trips = useQuery({ ...tripsQuery(machine.id, stretch), placeholderData: keepPreviousData });
  return (
    <Panel
      id="trips"
      title={t("machinePage.tab.trips")}
      aside={trips.data && trips.data.items.length > 0 && <span data-testid="trips-sum">{t("machinePage.tripsSum", { count: trips.data.items.length, distance: quantity(trips.data.distance_m / 1000, "km", language), driving: duration(trips.data.driving_s * 1000, language) })}</span>}
      tools={<DaysPick days={days} set={set} />}
    >
      <Answer query={trips} rows={8}>{(data) => <Trips data={data} earlier={<LastTrip machine={machine.id} to={stretch.from} show={set} />} />}</Answer>
    </Panel>
  );
}

/** `earlier`: what leads to trips before these days, where these have none. */
function Trips({ data, earlier }: { data: MachineTrips; earlier: ReactNode }) {
  const { t } = useTranslation();
  const { appearance } = usePreferences();
  const [search, setSearch] = useSearchParams();
  const [pointed, setPointed] = useState<string | null>(null);
  const chosen = search.get("trip");
  const choose = useCallback((id: string) => setSearch((before) => withPart(before, "trip", before.get("trip") === id ? null : id), { replace: true }), [setSearch]);
  if (data.items.length === 0)
    return data.is_withheld && data.positions === 0 ? (
      <EmptyNotice title={t("machinePage.tripsWithheld")} help={t("machinePage.tripsWithheldHelp")} />
    ) : (
      <EmptyNotice title={t("machinePage.noTrips")} help={data.positions === 0 ? t("machinePage.noPlaces") : t("machinePage.noTripsHelp")}>
        {earlier}
      </EmptyNotice>
    );
  return (
    <div className="trips">
      <div className="trips-place">
        <Suspense fallback={<PageLoading />}>
          <TripsMap trips={data.items} pointed={pointed} chosen={chosen} appearance={appearance} onPoint={setPointed} onChoose={choose} />
        </Suspense>
      </div>
      <div className="trips-list" tabIndex={0} role="group" aria-label={t("machinePage.tripsList")}>
        <TripRows data={data} pointed={pointed} chosen={chosen} onPoint={setPointed} onChoose={choose} />
        <p className="quiet trips-foot">
          {data.bucket_s === null ? t("machinePage.tripsEvery") : t("machinePage.tripsMinute")}
          {data.is_withheld && ` ${t("machinePage.tripsPartly")}`}
          {data.pending && ` ${t("chart.pending")}.`}
        </p>
      </div>
    </div>
  );
}

/** Leads to the last trip of the month before, should there be one. */
function LastTrip({ machine, to, show }: { machine: string; to: number; show: (days: Days) => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const before = useQuery(tripsQuery(machine, { from: to - MONTH_MS, to }));
  const last = before.data?.items.at(-1);
  if (before.data === undefined) return null;
  if (last === undefined) return <span className="quiet">{t("machinePage.noTripsBefore")}</span>;
  const ended = Date.parse(last.to_at);
  return (
    <Button onClick={() => show({ days: 1, until: dayOf(ended, shownZone()) })} data-testid="last-trip">
      {t("machinePage.toLastTrip", { day: day(ended, language) })}
    </Button>
  );
}

interface RowsProps {
  readonly data: MachineTrips;
  readonly pointed: string | null;
  readonly chosen: string | null;
  readonly onPoint: (id: string | null) => void;
  readonly onChoose: (id: string) => void;
}

function isSameDay(trip: MachineTrip): boolean {
  return dayOf(Date.parse(trip.from_at), shownZone()) === dayOf(Date.parse(trip.to_at), shownZone());
}

function TripRows({ data, pointed, chosen, onPoint, onChoose }: RowsProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const stood = stands(data.items);
  return (
    <ol className="trip-rows">
      {data.items.map((trip, i) => {
        const id = tripId(trip);
        return (
          <li key={id} onPointerEnter={() => onPoint(id)} onPointerLeave={() => onPoint(null)}>
            <button type="button" data-trip={id} className={id === pointed || id === chosen ? "trip trip-on" : "trip"} aria-pressed={id === chosen} onFocus={() => onPoint(id)} onBlur={() => onPoint(null)} onClick={() => onChoose(id)}>
              <b>
                <When at={trip.from_at} /> – {isSameDay(trip) ? <When at={trip.to_at}>{hourAndMinute(Date.parse(trip.to_at), language)}</When> : <When at={trip.to_at} />}
              </b>
              <span className="figure">{quantity(trip.distance_m / 1000, "km", language)}</span>
              <span className="quiet">{trip.is_heard ? t("machinePage.driving", { time: duration(trip.driving_s * 1000, language) }) : t("machinePage.unheard")}</span>
            </button>
            {stood[i]!.ms !== null && <span className="trip-stood quiet">{t("machinePage.stood", { time: duration(stood[i]!.ms!, language) })}</span>}
          </li>
        );
      })}
    </ol>
  );
}
