/** The causes as they stand after the answers, each with what speaks for and against it. */
import { DownOutlined, RightOutlined } from "@ant-design/icons";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { CodeWord } from "../alarms/CodeWord";
import type { AlarmDetail, DiagnosisCause, Evidence, Guide, GuidedCause, GuidedQuestion } from "../api/types";
import { EmptyNotice, ErrorNotice } from "../app/Notice";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { useGuide } from "./made";
import { useAnswer, type AnswerGiver } from "./useAnswer";
import { movedBy } from "./view";
import { shareWords, wordsIn } from "./words";

const KEYS = 9;

export function Causes({ alarm, evidence }: { alarm: AlarmDetail; evidence: Evidence | undefined }) {
  const { t } = useTranslation();
  const guide = useGuide(alarm);
  return (
    <Panel id="causes" title={t("diagnosis.causes.title")} aside={guide.data !== undefined && <Basis guide={guide.data} />}>
      {guide.data !== undefined ? (
        <CauseList alarm={alarm} guide={guide.data} evidence={evidence} />
      ) : guide.isComing ? (
        <Skeleton active title={false} paragraph={{ rows: 4 }} className="panel-skeleton" />
      ) : guide.isFailed ? (
        <EmptyNotice title={t("diagnosis.causes.notMade")} help={t("diagnosis.causes.notMadeHelp")} />
      ) : (
        <ErrorNotice error={guide.error} retry={guide.retry} />
      )}
    </Panel>
  );
}

/** What the shares are of. */
function Basis({ guide }: { guide: Guide }) {
  const { t } = useTranslation();
  const given = guide.questions.filter((one) => one.answer === "yes" || one.answer === "no").length;
  return (
    <span className="quiet">
      {guide.basis != null && <CodeWord list="diagnosis_bases" code={guide.basis} />}
      {given > 0 && ` · ${t("diagnosis.causes.answers", { count: given })}`}
    </span>
  );
}

/** Opened causes stand in the address by their keys: they stay open when their places change. */
function useOpened(first: string | undefined): [ReadonlySet<string>, (key: string) => void] {
  const [search, setSearch] = useSearchParams();
  const [usual] = useState(first);
  const asked = search.get("cause");
  const opened = new Set(asked === null ? (usual === undefined ? [] : [usual]) : asked.split(",").filter(Boolean));
  const toggle = (key: string): void =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        const next = opened.has(key) ? [...opened].filter((one) => one !== key) : [...opened, key];
        after.set("cause", next.join(","));
        return after;
      },
      { replace: true },
    );
  return [opened, toggle];
}

function CauseList({ alarm, guide, evidence }: { alarm: AlarmDetail; guide: Guide; evidence: Evidence | undefined }) {
  const { t } = useTranslation();
  const [opened, toggle] = useOpened(guide.causes[0]?.key);
  const answer = useAnswer(alarm);
  if (guide.causes.length === 0) return <EmptyNotice title={t("diagnosis.causes.none")} help={t("diagnosis.causes.noneHelp")} />;
  return (
    <ol className="causes" data-testid="cause-list">
      {guide.causes.map((cause, i) => (
        <Cause
          key={cause.key}
          place={i + 1}
          cause={cause}
          known={evidence?.diagnosis.causes.find((one) => one.key === cause.key)}
          questions={guide.questions.filter((one) => one.check === null && one.cause === cause.key)}
          isOpen={opened.has(cause.key)}
          onToggle={() => toggle(cause.key)}
          answer={answer}
        />
      ))}
    </ol>
  );
}

interface CauseProps {
  readonly place: number;
  readonly cause: GuidedCause;
  readonly known: DiagnosisCause | undefined;
  readonly questions: readonly GuidedQuestion[];
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly answer: AnswerGiver;
}

function Cause({ place, cause, known, questions, isOpen, onToggle, answer }: CauseProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const percent = (share: number): string => shareWords(share, language);
  const moved = movedBy(cause);
  const id = `cause-${cause.key}`;
  return (
    <li className="cause" data-cause={cause.key} data-share={cause.share ?? ""}>
      <button type="button" className="cause-head" aria-expanded={isOpen} aria-controls={id} onClick={onToggle} data-cause-number={place <= KEYS ? place : undefined}>
        {isOpen ? <DownOutlined aria-hidden="true" /> : <RightOutlined aria-hidden="true" />}
        <kbd>{place}</kbd>
        <span className="cause-name">{wordsIn(cause.text, language)}</span>
        {moved !== null && cause.first_share !== null && (
          <span className={moved > 0 ? "cause-up" : "cause-down"} title={t("diagnosis.causes.first", { share: percent(cause.first_share) })}>
            {moved > 0 ? "▲" : "▼"} {Math.abs(moved)}
          </span>
        )}
        <b className="figure">{cause.share === null ? "" : percent(cause.share)}</b>
      </button>
      {cause.share !== null && (
        <meter className="unseen" min={0} max={1} value={cause.share} aria-label={wordsIn(cause.text, language)} />
      )}
      {cause.share !== null && (
        <svg className="cause-bar" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
          <rect width="100" height="2" className="cause-rail" />
          <rect width={cause.share * 100} height="2" className="cause-share" />
        </svg>
      )}
      {isOpen && (
        <div id={id} className="cause-body">
          <Reasons known={known} />
          <Observations questions={questions} answer={answer} />
          {cause.parts.length > 0 && (
            <p>
              <span className="quiet">{t("diagnosis.causes.parts")}</span> {cause.parts.map((part) => wordsIn(part.text, language)).join(t("diagnosis.comma"))}
            </p>
          )}
        </div>
      )}
    </li>
  );
}

/** For and against, and what is not known and nobody can be asked about. */
export function Reasons({ known }: { known: DiagnosisCause | undefined }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (known === undefined) return null;
  const none = known.speaks_for.length + known.speaks_against.length + known.unknown.length === 0;
  return (
    <ul className="reasons">
      {known.speaks_for.map((one) => (
        <li key={one.when} className="reason-for" title={one.when}>
          <span aria-hidden="true">+</span>
          <span className="unseen">{t("diagnosis.causes.for")}</span> {wordsIn(one.text, language)}
        </li>
      ))}
      {known.speaks_against.map((one) => (
        <li key={one.when} className="reason-against" title={one.when}>
          <span aria-hidden="true">−</span>
          <span className="unseen">{t("diagnosis.causes.against")}</span> {wordsIn(one.text, language)}
        </li>
      ))}
      {known.note != null && <li className="quiet">{wordsIn(known.note, language)}</li>}
      {none && known.note == null && <li className="quiet">{t("diagnosis.causes.nothing")}</li>}
    </ul>
  );
}

/** What no signal of the machine tells: somebody there can look. */
function Observations({ questions, answer }: { questions: readonly GuidedQuestion[]; answer: AnswerGiver }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (questions.length === 0) return null;
  return (
    <ul className="reasons">
      {questions.map((one) => (
        <li key={one.when} className="reason-unknown" title={one.when ?? ""}>
          <span aria-hidden="true">?</span>
          <span className="reason-words">
            {wordsIn(one.text, language)}
            {one.answer !== null && (
              <span className="quiet">
                {" "}
                · <CodeWord list="check_answers" code={one.answer} /> ({one.answered_by})
              </span>
            )}
          </span>
          {answer.may && (
            <span className="reason-answers">
              {(["yes", "no"] as const).map((word) => (
                <Button
                  key={word}
                  size="small"
                  type={one.answer === word ? "primary" : "default"}
                  disabled={answer.isPending}
                  aria-label={t("diagnosis.checks.answerTo", { answer: t(`diagnosis.checks.${word}`), question: wordsIn(one.text, language) })}
                  onClick={() => answer.give(one, one.answer === word ? "unsure" : word)}
                >
                  {t(`diagnosis.checks.${word}`)}
                </Button>
              ))}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
