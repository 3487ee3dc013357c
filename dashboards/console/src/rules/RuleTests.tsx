/** The tests beside a rule, each with its series and where it fires. */
import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../alarms/CodeWord";
import { signalsQuery } from "../api/queries";
import type { RuleTestRun } from "../api/types";
import { usePreferences } from "../app/preferences";
import { kindWord } from "../machines/words";
import { Plot } from "../plot/Plot";
import { panelsOf, plotHeight, testOption, type PlottedLimit } from "./testPlot";
import { duration } from "./words";

/** `onGo` leads to a test in the text, where it has a place. */
export function RuleTests({ tests, limits, onGo }: { tests: readonly RuleTestRun[]; limits: readonly PlottedLimit[]; onGo?: (line: number) => void }) {
  const { t } = useTranslation();
  const failed = tests.filter((test) => !test.passed).length;
  const [opened, setOpened] = useState<string | null>(null);
  const first = tests.find((test) => !test.passed) ?? tests.find((test) => test.found.length > 0) ?? tests[0];
  const shown = opened ?? first?.name;
  if (tests.length === 0) return <p className="quiet rules-gap">{t("rules.noTests")}</p>;
  return (
    <div className="rules-tests">
      <p className={failed > 0 ? "rules-bad" : "rules-good"} role="status" data-testid="tests-summary">
        {failed > 0 ? t("rules.testsFailed", { failed, all: tests.length }) : t("rules.testsPass", { count: tests.length })}
      </p>
      <ul>
        {tests.map((test) => (
          <li key={`${test.rule} ${test.name}`} data-testid="rule-test" data-passed={test.passed}>
            <button type="button" className="rules-test" aria-expanded={test.name === shown} onClick={() => setOpened(test.name === shown ? "" : test.name)}>
              {test.passed ? <CheckCircleFilled className="rules-good" aria-label={t("rules.passes")} /> : <CloseCircleFilled className="rules-bad" aria-label={t("rules.fails")} />}
              <span>{test.name}</span>
            </button>
            {test.name === shown && <TestDetail test={test} limits={limits} onGo={onGo} />}
          </li>
        ))}
      </ul>
    </div>
  );
}

function TestDetail({ test, limits, onGo }: { test: RuleTestRun; limits: readonly PlottedLimit[]; onGo: ((line: number) => void) | undefined }) {
  const { t } = useTranslation();
  const { appearance, language } = usePreferences();
  const { data: catalogue } = useQuery(signalsQuery);
  const unitOf = (key: string): string => catalogue?.get(key)?.unit ?? "";
  const option = useMemo(
    () =>
      testOption(test, limits, { expected: t("rules.expected"), found: t("rules.found"), nameOf: (key) => catalogue?.get(key)?.[language === "zh-CN" ? "zh" : "en"] ?? key, unitOf: (key) => catalogue?.get(key)?.unit ?? "" }, appearance),
    [test, limits, catalogue, appearance, language, t],
  );
  const panels = panelsOf(test, unitOf).length;
  const facts = Object.entries(test.facts);
  return (
    <div className="rules-test-detail">
      <p>
        <Told word={t("rules.expected")} stretches={test.expected} /> · <Told word={t("rules.found")} stretches={test.found} />
        {onGo !== undefined && test.line !== null && (
          <button type="button" className="rules-link" onClick={() => onGo(test.line!)}>
            {t("rules.toLine", { line: test.line })}
          </button>
        )}
      </p>
      {facts.length > 0 && <p className="quiet">{facts.map(([name, value], i) => <Fact key={name} name={name} value={String(value)} before={i === 0 ? "" : " · "} />)}</p>}
      {panels > 0 && <Plot option={option} label={t("rules.testPlot", { name: test.name })} height={plotHeight(panels)} />}
    </div>
  );
}

/** What the case says of its machine. */
function Fact({ name, value, before }: { name: string; value: string; before: string }) {
  const { t } = useTranslation();
  if (name === "mode") return <>{before}<CodeWord list="machine_modes" code={value} /></>;
  return <>{before}{name === "kind" ? kindWord(value, t) : `${name} ${value}`}</>;
}

function Told({ word, stretches }: { word: string; stretches: RuleTestRun["found"] }) {
  const { t } = useTranslation();
  const words = stretches.map((one) => `${one.code === null ? "" : `${one.code} `}${duration(one.from_s)} – ${one.to_s === null ? t("rules.openEnd") : duration(one.to_s)}`);
  return (
    <span>
      {word}: <b>{words.length === 0 ? t("rules.silent") : words.join(", ")}</b>
    </span>
  );
}
