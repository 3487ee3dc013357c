/** Who changed what of the machine and when, with what it was before. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { actionWord, memberWord } from "../admin/audit/auditWords";
import { sitesQuery } from "../api/queries";
import { Panel } from "../app/Panel";
import { When } from "../machines/When";
import { Answer } from "./Answer";
import { changeWords } from "./changeWords";
import { PlainTable } from "./PlainTable";
import { changesQuery } from "./queries";

export function ChangesPanel({ machine }: { machine: string }) {
  const { t } = useTranslation();
  const changes = useQuery(changesQuery(machine));
  const { data: sites } = useQuery(sitesQuery);
  const names = new Map((sites ?? []).map((site) => [site.id, site.name]));
  return (
    <Panel id="changes" title={t("machinePage.changes")} aside={t("machinePage.changesAside")}>
      <Answer query={changes}>
        {(items) => (
          <PlainTable
            tall
            label={t("machinePage.changes")}
            rows={items}
            keyOf={(one) => one.id}
            empty={t("machinePage.noChanges")}
            heads={[
              { title: t("machinePage.when"), cell: (one) => <When at={one.at} /> },
              { title: t("machinePage.by"), cell: (one) => <>{one.actor}{one.actor_organisation !== null && <small className="quiet"> {one.actor_organisation}</small>}</> },
              { title: t("machinePage.what"), cell: (one) => actionWord(one.action, t) },
              {
                title: t("machinePage.change"),
                cell: (one) => (
                  <ul className="change-list">
                    {changeWords(one.before, one.after, { word: (name) => memberWord(name, t), names }).map((line) => (
                      <li key={line.name}>
                        <span className="quiet">{line.name}:</span> {line.before !== null && <del>{line.before}</del>} {line.after !== null && <ins>{line.after}</ins>}
                      </li>
                    ))}
                  </ul>
                ),
              },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}
