/** The check-lists of the items that are recorded: what each point showed, and a word about it. */
import { Input, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import type { MaintenanceItem } from "../api/types";
import { usePreferences } from "../app/preferences";

const RESULTS = ["good", "attention", "bad", "not_done"] as const;
type Result = (typeof RESULTS)[number];

/** By item and point, `item/point`; what is missing was not answered. */
export type Answers = Readonly<Record<string, { readonly result: Result; readonly note: string }>>;

interface CheckListsProps {
  readonly items: readonly MaintenanceItem[];
  readonly answers: Answers;
  readonly onAnswers: (answers: Answers) => void;
  readonly results: ReadonlyMap<string, { readonly zh: string; readonly en: string }> | undefined;
}

export function CheckLists({ items, answers, onAnswers, results }: CheckListsProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const word = (text: { readonly zh: string; readonly en: string }): string => (language === "zh-CN" ? text.zh : text.en);
  const options = RESULTS.map((value) => ({ value, label: results?.has(value) ? word(results.get(value)!) : value }));
  return items
    .filter((item) => item.checks.length > 0)
    .map((item) => (
      <fieldset key={item.item}>
        <legend>{t("machinePage.checkList", { item: word(item.text) })}</legend>
        <ul className="checks">
          {item.checks.map(({ code, text }) => {
            const place = `${item.item}/${code}`;
            const said = answers[place];
            return (
              <li key={code}>
                <span>{word(text)}</span>
                <Segmented<Result | ""> size="small" aria-label={word(text)} value={said?.result ?? ""} options={options} onChange={(result) => result !== "" && onAnswers({ ...answers, [place]: { result, note: said?.note ?? "" } })} />
                {said !== undefined && said.result !== "good" && (
                  <Input size="small" maxLength={500} value={said.note} aria-label={t("machinePage.checkNote", { point: word(text) })} placeholder={t("machinePage.checkNoteHelp")} onChange={({ target }) => onAnswers({ ...answers, [place]: { ...said, note: target.value } })} />
                )}
              </li>
            );
          })}
        </ul>
      </fieldset>
    ));
}
