/** Every change of an alarm: when, who, why. */
import { useTranslation } from "react-i18next";
import type { Transition } from "../api/types";
import { When } from "../machines/When";
import { actorWords } from "./actor";
import { AlarmPart } from "./AlarmPart";
import { CodeWord } from "./CodeWord";
import { Until } from "./Until";
import { whyOf, type Why } from "./why";

export function AlarmHistory({ transitions }: { transitions: readonly Transition[] }) {
  const { t } = useTranslation();
  return (
    <AlarmPart id="history" title={t("alarm.history")}>
      <ol className="alarm-entries">
        {transitions.map((transition, i) => (
          <li key={`${transition.at} ${transition.kind} ${i}`} data-kind={transition.kind}>
            <When at={transition.at} whole />
            <b>
              <CodeWord list="alarm_transitions" code={transition.kind} />
            </b>{" "}
            <span className="quiet">{actorWords(transition.actor, t)}</span>
            {whyOf(transition).map((why, n) => (
              <p key={`${why.say} ${n}`}>
                <WhyWords why={why} />
              </p>
            ))}
          </li>
        ))}
      </ol>
    </AlarmPart>
  );
}

function WhyWords({ why }: { why: Why }) {
  const { t } = useTranslation();
  if (why.say === "text") return why.text;
  if (why.say === "code") return <CodeWord list={why.list} code={why.code} />;
  if (why.say === "until") return <Until at={why.at} />;
  if (why.say === "to") return t("alarm.to", { login: why.login });
  if (why.say === "level") return t("alarm.level", { level: why.level, people: why.people });
  if (why.say === "toNobody") return t("alarm.toNobody");
  if (why.say === "begins") return t("alarm.begins");
  if (why.say === "ends") return t("alarm.ends");
  return why.say === "sold" ? t("alarm.sold") : t("alarm.back");
}
