/** The shift page: who is on duty, what is left open, how heavy the load was, and the note that goes from shift to shift. */
import { PrinterOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "../app/search";
import { serverNow } from "../api/client";
import { sessionQuery } from "../api/queries";
import { EmptyNotice } from "../app/Notice";
import { Page } from "../app/Page";
import { pagesOf } from "../app/pages";
import { DutyPanel } from "./DutyPanel";
import { LeftPanel } from "./LeftPanel";
import { LoadPanel } from "./LoadPanel";
import { NotesPanel } from "./NotesPanel";
import { dutyQuery } from "./queries";
import { RemotePanel } from "./RemotePanel";
import { ShiftTools } from "./ShiftTools";
import { SourcesPanel } from "./SourcesPanel";
import { spanName, spanOf } from "./span";
import { SpanWords } from "./SpanWords";
import "./shift.css";

const MOVES_MS = 60_000;

/** Now, in steps of a minute: a span that ends now is asked for anew no more often. */
function useMinute(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), MOVES_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function ShiftPage() {
  const { t } = useTranslation();
  const { data: me } = useQuery(sessionQuery);
  if (me && !pagesOf(me).some(({ path }) => path === "/shift"))
    return (
      <Page title={t("shift.title")}>
        <EmptyNotice title={t("shift.notYours")} help={t("shift.notYoursHelp")} />
      </Page>
    );
  return <Shift />;
}

function Shift() {
  const { t } = useTranslation();
  const [search] = useSearchParams();
  const rosterId = search.get("roster") || null;
  const duty = useQuery({ ...dutyQuery(rosterId ?? ""), enabled: rosterId !== null });
  const now = useMinute();
  const span = spanOf(search, duty.data, now);
  const isSettled = rosterId === null || spanName(search) !== "turn" || !duty.isPending;
  return (
    <Page
      title={t("shift.title")}
      aside={<SpanWords from={span.from} to={span.to} />}
      tools={
        <>
          <ShiftTools />
          <Button icon={<PrinterOutlined />} onClick={() => window.print()} data-testid="print">
            {t("shift.print")}
          </Button>
        </>
      }
    >
      <div className="shift">
        <DutyPanel />
        <NotesPanel span={span} rosterId={rosterId} seatId={search.get("seat") || null} />
        {isSettled && (
          <>
            <RemotePanel span={span} />
            <LeftPanel span={span} now={now} />
            <LoadPanel span={span} now={now} />
            <SourcesPanel span={span} />
          </>
        )}
      </div>
    </Page>
  );
}
