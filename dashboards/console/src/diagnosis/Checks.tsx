/** Guided checks: the one that tells most for its time, asked as a question; then the others and what was answered. */
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../alarms/CodeWord";
import type { AlarmDetail, Guide, GuidedQuestion } from "../api/types";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { When } from "../machines/When";
import { useGuide } from "./made";
import { useAnswer, type AnswerGiver } from "./useAnswer";
import { openChecks, questionKey } from "./view";
import { wordsIn } from "./words";

const ANSWERS = ["yes", "no", "unsure"] as const;
const KEYS = { yes: "y", no: "n", unsure: "u" } as const;

export function Checks({ alarm }: { alarm: AlarmDetail }) {
  const { t } = useTranslation();
  const guide = useGuide(alarm);
  const answer = useAnswer(alarm);
  return (
    <Panel id="checks" title={t("diagnosis.checks.title")}>
      {guide.data !== undefined ? <Known guide={guide.data} answer={answer} /> : guide.isComing ? <Skeleton active title={false} paragraph={{ rows: 2 }} className="panel-skeleton" /> : <p className="checks quiet">{t("diagnosis.checks.none")}</p>}
    </Panel>
  );
}

function Known({ guide, answer }: { guide: Guide; answer: AnswerGiver }) {
  const { t } = useTranslation();
  const [picked, setPicked] = useState<string | null>(null);
  const [now, ...later] = openChecks(guide.questions, picked);
  const given = guide.questions.filter((one) => one.check !== null && one.answer !== null);
  const give = (question: GuidedQuestion, word: (typeof ANSWERS)[number]): void => {
    setPicked(null);
    answer.give(question, word);
  };
  return (
    <div className="checks">
      {now !== undefined ? <Current question={now} answer={answer} onGive={(word) => give(now, word)} /> : <p className="quiet">{given.length > 0 ? t("diagnosis.checks.all") : t("diagnosis.checks.none")}</p>}
      {later.length > 0 && (
        <>
          <h3>{t("diagnosis.checks.then")}</h3>
          <ol className="checks-later">
            {later.map((one) => (
              <li key={questionKey(one)}>
                <button type="button" className="checks-pick" onClick={() => setPicked(questionKey(one))} title={t("diagnosis.checks.pick")}>
                  <Asked question={one} />
                </button>
              </li>
            ))}
          </ol>
        </>
      )}
      {given.length > 0 && (
        <>
          <h3>{t("diagnosis.checks.given")}</h3>
          <ul className="checks-given" data-testid="checks-given">
            {given.map((one) => (
              <Given key={questionKey(one)} question={one} answer={answer} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

/** The question in words: the check, and the cause that it would show. */
function Asked({ question }: { question: GuidedQuestion }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <>
      <span>{wordsIn(question.text, language)}</span>
      {question.cause_text !== null && <span className="quiet"> → {wordsIn(question.cause_text, language)}</span>}
      {question.minutes !== null && question.minutes > 0 && <span className="quiet"> · {t("diagnosis.checks.minutes", { minutes: question.minutes })}</span>}
    </>
  );
}

function Current({ question, answer, onGive }: { question: GuidedQuestion; answer: AnswerGiver; onGive: (word: (typeof ANSWERS)[number]) => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const cause = question.cause_text === null ? null : wordsIn(question.cause_text, language);
  return (
    <div className="check-now" data-testid="check-now" data-check={question.check} data-cause={question.cause ?? ""} aria-live="polite">
      <p className="check-words">
        <b>{wordsIn(question.text, language)}</b>
        {question.minutes === 0 ? <span className="quiet"> · {t("diagnosis.checks.safe")}</span> : question.minutes !== null && <span className="quiet"> · {t("diagnosis.checks.minutes", { minutes: question.minutes })}</span>}
      </p>
      <p>{cause === null ? t("diagnosis.checks.done") : t("diagnosis.checks.shows", { cause })}</p>
      {answer.may ? (
        <div className="check-answers">
          {ANSWERS.map((word) => (
            <Button key={word} disabled={answer.isPending} onClick={() => onGive(word)} aria-keyshortcuts={KEYS[word]} data-testid={`check-${word}`}>
              {t(`diagnosis.checks.${word}`)} <kbd>{KEYS[word]}</kbd>
            </Button>
          ))}
        </div>
      ) : (
        <p className="quiet">{t("diagnosis.checks.notYours")}</p>
      )}
    </div>
  );
}

function Given({ question, answer }: { question: GuidedQuestion; answer: AnswerGiver }) {
  const { t } = useTranslation();
  return (
    <li data-answer={question.answer}>
      <b>{question.answer !== null && <CodeWord list="check_answers" code={question.answer} />}</b> <Asked question={question} />{" "}
      <span className="quiet">
        {question.answered_by} <When at={question.answered_at} />
      </span>
      {answer.may && question.answer !== "unsure" && (
        <Button type="link" size="small" disabled={answer.isPending} onClick={() => answer.give(question, "unsure")}>
          {t("diagnosis.checks.takeBack")}
        </Button>
      )}
    </li>
  );
}
