/** Small things that several pages of the workshop show. */
import { Button } from "antd";
import type { ComponentProps, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { RuleReplay, RuleSet } from "../api/types";

/** A link that looks like a button. */
export function LinkButton({ to, ...rest }: { to: string } & Omit<ComponentProps<typeof Button>, "href" | "onClick">) {
  const go = useNavigate();
  return (
    <Button
      {...rest}
      href={to}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        void go(to);
      }}
    />
  );
}

/** Names and values, two columns. */
export function Facts({ of }: { of: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="rules-facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export type SetState = "live" | "shadow" | "before" | "draft";

/** What part a set plays: live, in shadow, one that was live, or one that never was. */
export function stateOf(set: RuleSet, wasLive: ReadonlySet<number>): SetState {
  return set.role ?? (wasLive.has(set.id) ? "before" : "draft");
}

export function StateTag({ state }: { state: SetState }) {
  const { t } = useTranslation();
  return <span className={`rules-tag rules-tag-${state}`}>{t(`rules.setState.${state}`)}</span>;
}

/** The state of a replay or a tuning. */
export function WorkTag({ state }: { state: RuleReplay["state"] | "none" }) {
  const { t } = useTranslation();
  return <span className={`rules-tag rules-work-${state}`}>{t(`rules.work.${state}`)}</span>;
}
