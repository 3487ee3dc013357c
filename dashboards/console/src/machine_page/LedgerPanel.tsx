/** Which numbered messages of the machine's terminals are kept, power cycle by power cycle, and which are missing. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Panel } from "../app/Panel";
import { usePreferences } from "../app/preferences";
import { When } from "../machines/When";
import { Answer } from "./Answer";
import { PlainTable } from "./PlainTable";
import { ledgerQuery } from "./queries";

const MOST_GAPS = 6;

export function LedgerPanel({ machine }: { machine: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const ledger = useQuery(ledgerQuery(machine));
  const count = (value: number): string => value.toLocaleString(language);
  return (
    <Panel id="ledger" title={t("machinePage.ledger")} aside={ledger.data && <span data-testid="ledger-missing">{t("machinePage.ledgerMissing", { count: ledger.data.missing_messages })}</span>}>
      <Answer query={ledger} rows={2}>
        {(data) => (
          <>
            <PlainTable
              label={t("machinePage.ledger")}
              rows={data.items}
              keyOf={(one) => `${one.terminal} ${one.boot}`}
              rowProps={(one) => ({ "data-boot": one.boot })}
              empty={t("machinePage.noLedger")}
              heads={[
                { title: t("machinePage.terminal"), cell: (one) => one.terminal },
                { title: t("machinePage.boot"), cell: (one) => one.boot },
                { title: t("machinePage.messages"), figures: true, cell: (one) => count(one.messages) },
                { title: t("machinePage.rows"), figures: true, cell: (one) => count(one.rows_committed) },
                { title: t("machinePage.quarantined"), figures: true, cell: (one) => count(one.rows_quarantined) },
                { title: t("machinePage.redelivered"), figures: true, cell: (one) => count(one.redelivered) },
                {
                  title: t("machinePage.gaps"),
                  cell: (one) =>
                    one.gaps.length === 0 ? t("machinePage.noGap") : one.gaps.slice(0, MOST_GAPS).map(([first, last]) => (first === last ? count(first!) : `${count(first!)}–${count(last!)}`)).join(", ") + (one.gaps.length > MOST_GAPS ? " …" : ""),
                },
                { title: t("machinePage.firstReceived"), cell: (one) => <When at={one.first_received_at} /> },
                { title: t("machinePage.lastReceived"), cell: (one) => <When at={one.last_received_at} /> },
              ]}
            />
            {data.is_cut && <p className="plain-empty">{t("machinePage.ledgerCut")}</p>}
          </>
        )}
      </Answer>
    </Panel>
  );
}
