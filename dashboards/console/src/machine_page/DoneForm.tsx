/** Recording work that was done: the items, their check-lists, the meter, parts and a note. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Checkbox, Input, InputNumber } from "antd";
import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { answered, api } from "../api/client";
import { codesQuery, queryClient } from "../api/queries";
import type { MaintenanceItem } from "../api/types";
import { usePreferences } from "../app/preferences";
import { useUnsaved } from "../app/unsaved";
import { shownZone } from "../format/time";
import { refusalWords } from "../session/problemWords";
import { CheckLists, type Answers } from "./CheckLists";
import { instantOf } from "./wallTime";

interface Part {
  readonly code: string;
  readonly name: string;
  readonly quantity: number;
}

interface DoneFormProps {
  readonly machine: string;
  readonly items: readonly MaintenanceItem[];
  /** The items that are chosen at first. */
  readonly chosen: readonly string[];
  readonly onDone: () => void;
}

export function DoneForm({ machine, items, chosen: first, onDone }: DoneFormProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: results } = useQuery(codesQuery("check_results"));
  const [chosen, setChosen] = useState(first);
  const [answers, setAnswers] = useState<Answers>({});
  const [at, setAt] = useState("");
  const [hours, setHours] = useState<number | null>(null);
  const [minutes, setMinutes] = useState<number | null>(null);
  const [parts, setParts] = useState<readonly Part[]>([]);
  const [note, setNote] = useState("");
  const id = useId();
  const key = useRef(crypto.randomUUID());
  const done = items.filter((item) => chosen.includes(item.item));
  const record = useMutation({
    mutationFn: () => {
      const body = {
        items: done.map((item) => ({
          item: item.item,
          cycle: item.cycle,
          checks: item.checks.flatMap(({ code }) => {
            const said = answers[`${item.item}/${code}`];
            return said === undefined ? [] : [{ code, result: said.result, ...(said.note.trim() === "" ? {} : { note: said.note.trim() }) }];
          }),
        })),
        ...(at === "" ? {} : { done_at: new Date(instantOf(at, shownZone())).toISOString() }),
        ...(hours === null ? {} : { hours_h: hours }),
        ...(minutes === null ? {} : { minutes }),
        ...(note.trim() === "" ? {} : { note: note.trim() }),
        parts: parts.filter((part) => part.code.trim() !== "" && part.name.trim() !== "").map((part) => ({ ...part, code: part.code.trim(), name: part.name.trim() })),
      };
      return answered(api.POST("/api/v1/machines/{machine}/maintenance/done", { params: { path: { machine }, header: { "Idempotency-Key": key.current } }, body }));
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["machine", machine] });
      onDone();
    },
    onError: () => (key.current = crypto.randomUUID()),
  });
  const isBegun = note.trim() !== "" || parts.length > 0 || hours !== null || minutes !== null || at !== "" || Object.keys(answers).length > 0;
  useUnsaved(isBegun && !record.isPending);
  const name = (item: MaintenanceItem): string => (language === "zh-CN" ? item.text.zh : item.text.en);
  const change = (i: number, part: Partial<Part>) => setParts(parts.map((one, n) => (n === i ? { ...one, ...part } : one)));
  return (
    <form
      className="done-form"
      aria-label={t("machinePage.recordWork")}
      onSubmit={(event) => {
        event.preventDefault();
        if (done.length > 0) record.mutate();
      }}
    >
      <fieldset>
        <legend>{t("machinePage.whatWasDone")}</legend>
        <div className="done-items">
          {items.map((item) => (
            <Checkbox key={item.item} checked={chosen.includes(item.item)} onChange={({ target }) => setChosen(target.checked ? [...chosen, item.item] : chosen.filter((one) => one !== item.item))}>
              {name(item)}
            </Checkbox>
          ))}
        </div>
      </fieldset>
      <CheckLists items={done} answers={answers} onAnswers={setAnswers} results={results} />
      <div className="done-fields">
        <label htmlFor={`${id}-at`}>
          {t("machinePage.doneAt")}
          <input id={`${id}-at`} className="plain-input" type="datetime-local" value={at} onChange={(event) => setAt(event.target.value)} />
        </label>
        <label htmlFor={`${id}-h`}>
          {t("machinePage.doneHours")}
          <InputNumber id={`${id}-h`} min={0} max={1_000_000} value={hours} onChange={setHours} />
        </label>
        <label htmlFor={`${id}-m`}>
          {t("machinePage.doneMinutes")}
          <InputNumber id={`${id}-m`} min={1} max={100_000} precision={0} value={minutes} onChange={setMinutes} />
        </label>
        <label htmlFor={`${id}-note`} className="done-note">
          {t("machinePage.doneNote")}
          <Input.TextArea id={`${id}-note`} value={note} maxLength={2_000} autoSize={{ minRows: 1, maxRows: 5 }} onChange={(event) => setNote(event.target.value)} />
        </label>
      </div>
      {parts.map((part, i) => (
        <div className="done-part" key={i}>
          <Input aria-label={t("machinePage.partCode")} placeholder={t("machinePage.partCode")} value={part.code} maxLength={64} onChange={({ target }) => change(i, { code: target.value })} />
          <Input aria-label={t("machinePage.partName")} placeholder={t("machinePage.partName")} value={part.name} maxLength={200} onChange={({ target }) => change(i, { name: target.value })} />
          <InputNumber aria-label={t("machinePage.partQuantity")} min={0.01} max={10_000} value={part.quantity} onChange={(quantity) => change(i, { quantity: quantity ?? 1 })} />
          <Button type="text" aria-label={t("machinePage.partGone")} onClick={() => setParts(parts.filter((_, n) => n !== i))}>×</Button>
        </div>
      ))}
      <span className="form-buttons">
        <Button type="primary" htmlType="submit" disabled={done.length === 0} loading={record.isPending} data-testid="done-save">
          {t("machinePage.save")}
        </Button>
        <Button onClick={() => setParts([...parts, { code: "", name: "", quantity: 1 }])}>{t("machinePage.addPart")}</Button>
        <Button onClick={onDone}>{t("machinePage.cancel")}</Button>
      </span>
      {record.error !== null && <Alert type="error" showIcon title={refusalWords(record.error, t)} />}
    </form>
  );
}
