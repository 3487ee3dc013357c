/** People who asked for help and have no answer yet: whoever takes a request on is seen by the others. */
import { PhoneOutlined } from "@ant-design/icons";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Input, Modal } from "antd";
import { memo, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answered, api } from "../api/client";
import { sessionQuery } from "../api/queries";
import type { HelpRequest } from "../api/types";
import { Time } from "../app/Time";
import { refusalWords } from "../session/problemWords";

const AGAIN_MS = 10_000;
const SHOWN = 3;

const openHelpQuery = queryOptions({
  queryKey: ["help", "open"],
  queryFn: async ({ signal }): Promise<HelpRequest[]> => (await answered(api.GET("/api/v1/help-requests", { params: { query: { open: true, limit: 50 } }, signal }))).items,
  refetchInterval: AGAIN_MS,
});

export const HelpStrip = memo(function HelpStrip() {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionQuery);
  const { data: requests } = useQuery({ ...openHelpQuery, enabled: me?.may_acknowledge === true });
  const [answering, setAnswering] = useState<HelpRequest | null>(null);
  if (requests === undefined || requests.length === 0) return null;
  const oldest = requests.toReversed(); // who has waited longest
  return (
    <section className="desk-help" aria-label={t("desk.help.title")} data-testid="help-strip">
      <ul>
        {oldest.slice(0, SHOWN).map((request) => (
          <Asked key={request.id} request={request} onAnswer={setAnswering} />
        ))}
      </ul>
      {oldest.length > SHOWN && <span>{t("desk.help.more", { count: oldest.length - SHOWN })}</span>}
      {answering !== null && <AnswerDialog request={answering} onClose={() => setAnswering(null)} />}
    </section>
  );
});

function useHelp(act: (request: HelpRequest) => Promise<unknown>) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { t } = useTranslation();
  return useMutation({
    mutationFn: act,
    onError: (error) => void message.error(refusalWords(error, t)),
    onSettled: () => client.invalidateQueries({ queryKey: openHelpQuery.queryKey }),
  });
}

function Asked({ request, onAnswer }: { request: HelpRequest; onAnswer: (request: HelpRequest) => void }) {
  const { t } = useTranslation();
  const take = useHelp((one) => answered(api.POST("/api/v1/help-requests/{request_id}/take", { params: { path: { request_id: one.id } } })));
  const path = request.alarm_id === null ? `/machines/${request.machine_id}` : `/alarms/${request.alarm_id}`;
  return (
    <li data-help={request.id}>
      <PhoneOutlined aria-hidden />
      <Link to={path}>
        <b>{request.machine_name}</b>
      </Link>
      <span className="desk-help-text" title={request.text}>
        {request.text}
      </span>
      <span>
        {request.asked_by} · {request.organisation_name}
        {request.phone !== null && (
          <>
            {" · "}
            <a href={`tel:${request.phone.replaceAll(" ", "")}`}>{request.phone}</a>
          </>
        )}
        {" · "}
        <Time at={request.asked_at} machine={request.machine_id} asAge />
      </span>
      {request.taken_by === null ? (
        <Button size="small" loading={take.isPending} onClick={() => take.mutate(request)}>
          {t("desk.help.take")}
        </Button>
      ) : (
        <b>{t("desk.help.takenBy", { by: request.taken_by })}</b>
      )}
      <Button size="small" onClick={() => onAnswer(request)}>
        {t("desk.help.answer")}
      </Button>
    </li>
  );
}

function AnswerDialog({ request, onClose }: { request: HelpRequest; onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const id = useId();
  const give = useHelp((one) => answered(api.POST("/api/v1/help-requests/{request_id}/answer", { params: { path: { request_id: one.id } }, body: { text: text.trim() } })));
  return (
    <Modal
      open
      centered
      title={t("desk.help.answerTo", { by: request.asked_by, machine: request.machine_name })}
      okText={t("desk.help.answer")}
      okButtonProps={{ disabled: text.trim() === "", loading: give.isPending }}
      onOk={() => give.mutate(request, { onSuccess: onClose })}
      onCancel={onClose}
    >
      <form className="dialog-form" onSubmit={(event) => event.preventDefault()}>
        <p>{request.text}</p>
        <label htmlFor={id}>{t("desk.help.what")}</label>
        <Input.TextArea id={id} autoFocus value={text} maxLength={2_000} autoSize={{ minRows: 3 }} onChange={(event) => setText(event.target.value)} />
      </form>
    </Modal>
  );
}
