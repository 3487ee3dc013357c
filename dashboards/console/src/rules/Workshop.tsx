/** The workshop: the text on the left; beside it what is wrong, the tests as they go, what shipped and what differs. */
import { useQuery } from "@tanstack/react-query";
import { App, Button, Segmented } from "antd";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CheckedEdits } from "../api/types";
import { PageLoading } from "../app/PageLoading";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { Time } from "../app/Time";
import { forgetUnsaved, useUnsaved } from "../app/unsaved";
import { Checks } from "./Checks";
import { keepDraft } from "./draft";
import { ruleAround, ruleAt } from "./edits";
import { checkQuery, ruleQuery } from "./queries";
import { type EditorHandle, RuleEditor, type Spot } from "./RuleEditor";
import { RuleTests } from "./RuleTests";
import { SaveSet } from "./SaveSet";
import { useChoice } from "./useChoice";
import { useHeldBack } from "./useHeldBack";
import { useKnown } from "./useKnown";
import { said } from "./words";

const TextDiff = lazy(async () => ({ default: (await import("./TextDiff")).TextDiff }));
const SIDES = ["checks", "tests", "shipped", "diff"] as const;
const TYPING_MS = 350;

export interface Begun {
  readonly text: string;
  readonly origin: string;
  /** Since when the text is kept (ms); null: nothing had been kept. */
  readonly kept: number | null;
}

export function Workshop({ begun, rule: first, onDiscard }: { begun: Begun; rule: string; onDiscard: () => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [text, setText] = useState(begun.text);
  const [rule, setRule] = useState<string | undefined>(first === "" ? undefined : first);
  const [side, setSide] = useChoice("side", SIDES);
  const [saving, setSaving] = useState(false);
  const [heldText, hurry] = useHeldBack(text, TYPING_MS);
  const check = useQuery(checkQuery(heldText, rule));
  const fresh = heldText === text && !check.isPlaceholderData && check.data !== undefined;
  const handle = useRef<EditorHandle>(null);
  const sideRef = useRef<HTMLDivElement>(null);
  const known = useKnown();
  const isChanged = text !== begun.origin;
  const [kept, setKept] = useState(begun.kept);
  useUnsaved(isChanged, { title: t("rules.leaveAsk"), help: kept === null ? t("rules.leaveLost") : t("rules.leaveHelp"), leave: t("rules.leave"), stay: t("rules.stay") });

  useEffect(() => setKept(keepDraft(text, begun.origin)), [text, begun.origin]);
  useEffect(() => {
    const at = first === "" ? -1 : ruleAt(begun.text, first);
    if (at >= 0) handle.current?.goTo(begun.text.slice(0, at).split("\n").length, 1);
    else handle.current?.focus();
  }, [begun, first]);

  const spots = useMemo(() => (check.data === undefined ? [] : spotsOf(check.data, language, (name) => t("rules.testFails", { name }))), [check.data, language, t]);
  const onCursor = useCallback((offset: number) => setRule(ruleAround(latestText.current, offset)), []);
  const latestText = useRef(text);
  latestText.current = text;
  const goTo = useCallback((line: number, column: number) => handle.current?.goTo(line, column), []);
  const save = (): void => {
    hurry();
    const wrong = spots[0];
    if (fresh && wrong !== undefined) goTo(wrong.line, wrong.column);
    else setSaving(true);
  };
  const tests = (check.data?.tests ?? []).filter((test) => rule === undefined || test.rule === rule);
  const options = SIDES.map((value) => ({ value, label: value === "checks" ? `${t("rules.side.checks")} ${check.data === undefined ? "" : spots.length}` : t(`rules.side.${value}`) }));

  return (
    <div className="rules-workshop">
      <Panel
        id="rule-text"
        title={t("rules.edit")}
        aside={<Kept since={kept} isChanged={isChanged} />}
        tools={
          <>
            {isChanged && <Discard onDiscard={onDiscard} />}
            <Button type="primary" onClick={save} disabled={!isChanged} data-testid="save-set" title={t("rules.saveHelp")}>
              {t("rules.save")}
            </Button>
          </>
        }
      >
        <RuleEditor start={begun.text} label={t("rules.edit")} spots={spots} known={known} handle={handle} onChange={setText} onCursor={onCursor} onSave={save} onLeave={() => sideRef.current?.querySelector("input")?.focus()} />
      </Panel>
      <div ref={sideRef} className="rules-side">
        <Panel id="rule-side" title={rule ?? t("rules.noRuleHere")} tools={<Segmented size="small" aria-label={t("rules.sides")} value={side} onChange={setSide} options={options} />}>
          {side === "checks" && <Checks check={check.data} error={check.error} fresh={fresh} spots={spots} onGo={goTo} onTests={() => setSide("tests")} />}
          {side === "tests" && (
            <div className="rules-body">
              <RuleTests tests={tests} limits={check.data?.limits.find((one) => one.rule === rule)?.limits ?? []} onGo={(line) => goTo(line, 1)} />
            </div>
          )}
          {side === "shipped" && <Shipped rule={rule} />}
          {side === "diff" && (
            <Suspense fallback={<PageLoading />}>
              <TextDiff before={begun.origin} after={heldText} label={t("rules.textDiff")} />
            </Suspense>
          )}
        </Panel>
      </div>
      {saving && <SaveSet text={text} check={fresh ? check.data : undefined} onSaved={forgetUnsaved} onClose={() => setSaving(false)} />}
    </div>
  );
}

/** Mistakes first, then slips and tests that fail, each where it is; without a place at the first line. */
function spotsOf(check: CheckedEdits, language: "zh-CN" | "en-US", failing: (name: string) => string): Spot[] {
  const told = (severity: Spot["severity"]) => (one: CheckedEdits["problems"][number]): Spot => ({ line: one.line ?? 1, column: one.column ?? 1, endColumn: one.end_column ?? 2, message: said(one.message, language), severity });
  const failed = check.tests.filter((test) => !test.passed).map((test): Spot => ({ line: test.line ?? 1, column: 1, endColumn: 200, message: failing(test.name), severity: "error" }));
  return [...check.problems.map(told("error")), ...failed, ...check.warnings.map(told("warning"))];
}

function Kept({ since, isChanged }: { since: number | null; isChanged: boolean }) {
  const { t } = useTranslation();
  if (!isChanged) return <span>{t("rules.asItIs")}</span>;
  if (since === null) return <b className="rules-bad">{t("rules.keptNowhere")}</b>;
  return (
    <span data-testid="kept">
      {t("rules.keptSince")} <Time at={since} />
    </span>
  );
}

function Discard({ onDiscard }: { onDiscard: () => void }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const ask = (): void => void modal.confirm({ title: t("rules.discardAsk"), content: t("rules.discardHelp"), okText: t("rules.discard"), okButtonProps: { danger: true }, cancelText: t("rules.cancel"), onOk: onDiscard });
  return <Button onClick={ask}>{t("rules.discard")}</Button>;
}

function Shipped({ rule }: { rule: string | undefined }) {
  const { t } = useTranslation();
  const found = useQuery({ ...ruleQuery("base", rule ?? ""), enabled: rule !== undefined });
  if (rule === undefined) return <p className="quiet rules-gap">{t("rules.noRuleHereHelp")}</p>;
  if (found.isError || found.data?.shipped === null) return <p className="quiet rules-gap">{t("rules.notShipped")}</p>;
  return (
    <pre className="rules-shipped" tabIndex={0} aria-label={t("rules.side.shipped")}>
      {found.data?.shipped ?? "…"}
    </pre>
  );
}
