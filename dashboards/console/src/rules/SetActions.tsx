/** What may be done with a set: each asks first and says what will happen; what the platform refuses it says why. */
import { useQuery } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { RuleSet } from "../api/types";
import { refusalWords } from "../session/problemWords";
import { differencesQuery, forgetRules, replaysQuery, ruleSetsQuery, switchesQuery, switchSet, type Act } from "./queries";
import { ReplayFigures } from "./ReplayFigures";
import { useMayEdit } from "./useMayEdit";

/** Promote, shadow, end the shadow: as the set's part allows. */
export function SetActions({ set }: { set: RuleSet }) {
  const mayEdit = useMayEdit();
  if (!mayEdit || set.role === "live") return null;
  return (
    <>
      {set.role === "shadow" ? <Action act="endShadow" set={set} /> : <Action act="shadow" set={set} />}
      <Action act="promote" set={set} primary />
    </>
  );
}

/** The way back from the live set. */
export function RollBack({ live }: { live: RuleSet }) {
  const mayEdit = useMayEdit();
  const { data } = useQuery(switchesQuery);
  if (!mayEdit || data?.back_to == null) return null;
  return <Action act="rollback" set={live} />;
}

function Action({ act, set, primary = false }: { act: Act; set: RuleSet; primary?: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const replays = useQuery({ ...replaysQuery(set.id), enabled: open && act === "promote" });
  const isUnproved = replays.data !== undefined && !replays.data.some((one) => one.state === "done" && one.machines === null);
  const close = (): void => {
    setOpen(false);
    setRefused(null);
  };
  const doIt = async (): Promise<void> => {
    setBusy(true);
    try {
      await switchSet(act, set);
      close();
    } catch (error) {
      setRefused(refusalWords(error, t));
    } finally {
      await forgetRules(); // a refusal too may mean that somebody else was faster
      setBusy(false);
    }
  };
  return (
    <>
      <Button type={primary ? "primary" : "default"} onClick={() => setOpen(true)} data-testid={`act-${act}`}>
        {t(`rules.act.${act}`)}
      </Button>
      <Modal
        open={open}
        onCancel={close}
        onOk={() => void doIt()}
        confirmLoading={busy}
        title={t(`rules.ask.${act}`, { set: set.id })}
        okText={t(`rules.act.${act}`)}
        okButtonProps={{ danger: act === "rollback", disabled: act === "promote" && isUnproved }}
        cancelText={t("rules.cancel")}
        destroyOnHidden
      >
        <div data-testid="confirm">
          <What act={act} set={set} />
          {refused !== null && (
            <p className="rules-refused" role="alert">
              {refused}
            </p>
          )}
        </div>
      </Modal>
    </>
  );
}

/** What will happen. */
function What({ act, set }: { act: Act; set: RuleSet }) {
  const { t } = useTranslation();
  const { data: sets } = useQuery(ruleSetsQuery);
  const live = sets?.find((one) => one.role === "live");
  const shadow = sets?.find((one) => one.role === "shadow");
  if (act === "endShadow") return <p>{t("rules.will.endShadow", { set: set.id })}</p>;
  if (act === "shadow")
    return (
      <>
        <p>{t("rules.will.shadow", { set: set.id })}</p>
        {shadow !== undefined && <p>{t("rules.will.shadowInstead", { set: shadow.id })}</p>}
      </>
    );
  if (act === "rollback") return <WillGoBack live={set} />;
  return (
    <>
      <p>{t("rules.will.promote", { set: set.id, live: live?.id ?? "–" })}</p>
      <Differing here={String(set.id)} there="live" />
      <p className="quiet">{t("rules.will.open")}</p>
      <Record set={set} />
    </>
  );
}

function WillGoBack({ live }: { live: RuleSet }) {
  const { t } = useTranslation();
  const { data: switches } = useQuery(switchesQuery);
  if (switches?.back_to == null) return null;
  return (
    <>
      <p>{t("rules.will.rollback", { set: switches.back_to, live: live.id })}</p>
      <Differing here={String(switches.back_to)} there="live" />
      <p className="quiet">{t("rules.will.open")}</p>
    </>
  );
}

function Differing({ here, there }: { here: string; there: string }): ReactNode {
  const { t } = useTranslation();
  const { data } = useQuery(differencesQuery(here, there));
  if (data === undefined) return null;
  return (
    <p data-testid="confirm-differing">
      {t("rules.will.differ", { count: data.length })} {data.slice(0, 12).map((one) => one.key).join(", ")}
      {data.length > 12 && " …"}
    </p>
  );
}

/** The newest replay of the set that is done and saw all machines: what it would mean. */
function Record({ set }: { set: RuleSet }) {
  const { t } = useTranslation();
  const { data } = useQuery(replaysQuery(set.id));
  const done = data?.find((one) => one.state === "done" && one.machines === null && one.kind === "history");
  if (data === undefined) return null;
  return done === undefined ? <p className="rules-bad">{t("rules.will.noReplay")}</p> : <ReplayFigures replay={done} linked />;
}
