/** What the compiler says of the text, and what the text would change. */
import { useTranslation } from "react-i18next";
import type { CheckedEdits } from "../api/types";
import { refusalWords } from "../session/problemWords";
import type { Spot } from "./RuleEditor";

interface ChecksProps {
  readonly check: CheckedEdits | undefined;
  readonly error: Error | null;
  /** Whether the check is of the text as it is. */
  readonly fresh: boolean;
  readonly spots: readonly Spot[];
  readonly onGo: (line: number, column: number) => void;
  readonly onTests: () => void;
}

export function Checks({ check, error, fresh, spots, onGo, onTests }: ChecksProps) {
  const { t } = useTranslation();
  if (error !== null)
    return (
      <p className="rules-refused" role="alert">
        {refusalWords(error, t)}
      </p>
    );
  if (check === undefined) return <p className="quiet rules-gap">{t("rules.checking")}</p>;
  const wrong = spots.filter((spot) => spot.severity === "error").length;
  const passed = check.tests.filter((test) => test.passed).length;
  return (
    <div className="rules-body" data-testid="checks" data-fresh={fresh} data-wrong={wrong}>
      <p className={wrong > 0 ? "rules-bad" : "rules-good"} role="status">
        {fresh ? (wrong > 0 ? t("rules.wrong", { count: wrong }) : t("rules.right")) : t("rules.checking")}
      </p>
      <ol className="rules-problems">
        {spots.map((spot) => (
          <li key={`${spot.line}:${spot.column}:${spot.message}`}>
            <button type="button" className={`rules-problem rules-problem-${spot.severity}`} onClick={() => onGo(spot.line, spot.column)} data-testid="problem" data-line={spot.line} data-column={spot.column}>
              <span className="figure">{`${spot.line}:${spot.column}`}</span>
              <span>{spot.message}</span>
            </button>
          </li>
        ))}
      </ol>
      <Coming check={check} />
      {check.tests.length > 0 && (
        <p>
          <button type="button" className="rules-link" onClick={onTests}>
            {t("rules.testsRun", { passed, all: check.tests.length })}
          </button>
        </p>
      )}
      <p className="quiet rules-keys">{t("rules.keysHelp")}</p>
    </div>
  );
}

function Coming({ check }: { check: CheckedEdits }) {
  const { t } = useTranslation();
  const parts = [
    [t("rules.willChange"), check.changed],
    [t("rules.willAdd"), check.added],
    [t("rules.willEnd"), check.off],
  ] as const;
  return (
    <dl className="rules-coming">
      {parts.map(([word, keys]) =>
        keys.length === 0 ? null : (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{keys.join(", ")}</dd>
          </div>
        ),
      )}
      {check.overrides > 0 && (
        <div>
          <dt>{t("rules.overrides")}</dt>
          <dd>{check.overrides}</dd>
        </div>
      )}
    </dl>
  );
}
