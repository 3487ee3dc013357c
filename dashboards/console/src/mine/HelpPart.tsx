/** Asking the control centre and the dealer for help, and what became of it. */
import { PhoneOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { machinesQuery } from "../api/queries";
import type { HelpRequest } from "../api/types";
import { EmptyNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { Time } from "../app/Time";
import { useUnsaved } from "../app/unsaved";
import { Answer } from "../machine_page/Answer";
import { askForHelp, helpQuery, useCommand } from "./queries";

const MOST_LETTERS = 2_000;

export function HelpPart() {
  const { t } = useTranslation();
  const asked = useQuery(helpQuery);
  return (
    <>
      <Panel id="ask" title={t("mine.askHelp")}>
        <AskForm />
      </Panel>
      <Panel id="asked" title={t("mine.asked")}>
        <Answer query={asked}>
          {(requests) =>
            requests.length === 0 ? (
              <EmptyNotice title={t("mine.nothingAsked")} help={t("mine.nothingAskedHelp")} />
            ) : (
              <ol className="mine-asked">
                {requests.map((request) => (
                  <Asked key={request.id} request={request} />
                ))}
              </ol>
            )
          }
        </Answer>
      </Panel>
    </>
  );
}

function AskForm() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const machines = useQuery(machinesQuery);
  const [text, setText] = useState("");
  const [phone, setPhone] = useState("");
  const ids = { machine: useId(), text: useId(), phone: useId() };
  const machine = search.get("machine") ?? (machines.data?.length === 1 ? machines.data[0]!.id : null);
  const alarm = search.get("alarm");
  const ask = useCommand((id: string) => askForHelp(id, { text: text.trim(), phone: phone.trim() === "" ? null : phone.trim(), alarm_id: alarm }), ["help"], t("mine.told"));
  useUnsaved(text.trim() !== "" && !ask.isPending);
  if (machines.data?.length === 0) return <EmptyNotice title={t("fleet.none")} help={t("mine.noMachinesHelp")} />;
  const ready = machine !== null && text.trim() !== "";
  return (
    <form
      className="mine-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        ask.mutate(machine, {
          onSuccess: () => {
            setText("");
            setSearch({}, { replace: true });
          },
        });
      }}
    >
      <p className="quiet">{t("mine.askHelpWords")}</p>
      <label htmlFor={ids.machine}>{t("fleet.machine")}</label>
      <Select
        id={ids.machine}
        showSearch={{ optionFilterProp: "label" }}
        value={machine}
        placeholder={t("mine.whichMachine")}
        loading={machines.isPending}
        onChange={(id) => setSearch({ machine: id }, { replace: true })}
        options={(machines.data ?? []).map((one) => ({ value: one.id, label: one.name }))}
      />
      <label htmlFor={ids.text}>{t("mine.what")}</label>
      <Input.TextArea id={ids.text} value={text} maxLength={MOST_LETTERS} autoSize={{ minRows: 3, maxRows: 8 }} placeholder={t("mine.whatHelp")} onChange={(event) => setText(event.target.value)} />
      <label htmlFor={ids.phone}>{t("mine.phone")}</label>
      <Input id={ids.phone} type="tel" autoComplete="tel" value={phone} maxLength={50} placeholder={t("mine.phoneHelp")} onChange={(event) => setPhone(event.target.value)} />
      <Button type="primary" size="large" htmlType="submit" icon={<PhoneOutlined />} disabled={!ready} loading={ask.isPending} data-testid="ask-help">
        {t("mine.askHelp")}
      </Button>
    </form>
  );
}

function Asked({ request }: { request: HelpRequest }) {
  const { t } = useTranslation();
  const stands = request.answered_at !== null ? t("mine.answeredBy", { by: request.answered_by }) : request.taken_by !== null ? t("mine.takenBy", { by: request.taken_by }) : t("mine.waiting");
  return (
    <li data-request={request.id}>
      <p className="mine-asked-head">
        <b>{request.machine_name}</b> <span className="quiet"><Time at={request.asked_at} machine={request.machine_id} /> · {request.asked_by}</span>
        <span className={request.answered_at === null ? "mine-open" : "quiet"}>{stands}</span>
      </p>
      <p>{request.text}</p>
      {request.answer !== null && <p className="mine-answer">{request.answer}</p>}
    </li>
  );
}
