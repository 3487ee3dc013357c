/** How the machine is now: every signal's last value, and in the watch mode every reading as it comes. */
import { useQuery } from "@tanstack/react-query";
import { Switch } from "antd";
import { useCallback, useId } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { clock } from "../format/time";
import { Answer } from "./Answer";
import type { TabProps } from "./MachinePage";
import { MachineStanding } from "./MachineStanding";
import { withPart } from "./machinesFilter";
import { stateQuery } from "./queries";
import { ReadingsList } from "./ReadingsList";
import { SignalRows } from "./SignalRows";
import { useWatch } from "./useWatch";

const MOST_PICKED = 4;
const USUAL = ["engine_speed_rpm", "engine_coolant_temp_degc", "hydraulic_oil_temp_degc", "engine_oil_pressure_kpa"];

export function NowTab({ machine }: TabProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [search, setSearch] = useSearchParams();
  const isWatched = search.get("watch") === "1";
  const state = useQuery(stateQuery(machine.id));
  const { watch, answeredAt, error } = useWatch(machine.id, isWatched);
  const id = useId();
  const asked = search.get("signals")?.split("|");
  const picked = asked ?? USUAL.filter((key) => state.data?.signals[key] !== undefined);
  const pick = useCallback(
    (key: string) =>
      setSearch(
        (before) => {
          const now = before.get("signals")?.split("|") ?? picked;
          return withPart(before, "signals", now.includes(key) ? now.filter((other) => other !== key) : [...now, key].slice(-MOST_PICKED));
        },
        { replace: true },
      ),
    [setSearch, picked.join()], // eslint-disable-line -- keys by value
  );
  return (
    <div className="now">
      <Panel
        id="signals"
        title={t("machinePage.signals")}
        aside={
          <span data-testid="watch-state" role="status">
            {error !== null ? t("machinePage.watchBroken") : answeredAt === null ? t("page.loading") : t("machinePage.answered", { time: clock(answeredAt, language) })}
          </span>
        }
        tools={
          <label className="watch-switch" htmlFor={id} title={t("machinePage.watchHelp")}>
            <Switch id={id} size="small" checked={isWatched} onChange={(on) => setSearch((before) => withPart(before, "watch", on ? "1" : null), { replace: true })} />
            {t("machinePage.watch")}
          </label>
        }
      >
        <Answer query={state} rows={12}>
          {(data) => <SignalRows state={data} watch={watch} picked={picked} onPick={pick} />}
        </Answer>
      </Panel>
      <div className="now-side">
        <MachineStanding machine={machine} state={state.data} />
        <ReadingsList watch={watch} picked={picked} isWatched={isWatched} />
      </div>
    </div>
  );
}
