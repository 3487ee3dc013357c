/** Open invitations: who was asked to what, until when; each can be withdrawn. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { App, Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeWord } from "../../alarms/CodeWord";
import type { Invitation } from "../../api/types";
import { EmptyNotice, ErrorNotice } from "../../app/Notice";
import { usePreferences } from "../../app/preferences";
import { Time } from "../../app/Time";
import { instant } from "../../format/time";
import { refusalWords } from "../../session/problemWords";
import { ask, type PageOf } from "../noun";
import { useMay } from "../useMay";
import { changedNoun } from "../useRows";

const openInvitations = {
  queryKey: ["admin", "invitations", "open"],
  queryFn: ({ signal }: { signal: AbortSignal }) => ask<PageOf<Invitation>>("GET", "/invitations", { query: { open: true, limit: 200 }, signal }),
};

export function InvitationsTool() {
  const { t } = useTranslation();
  const may = useMay();
  const [open, setOpen] = useState(false);
  const { data } = useQuery({ ...openInvitations, enabled: may("edit_people") });
  if (!may("edit_people")) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("admin.invitations", { count: data?.items.length ?? 0 })}</Button>
      <Modal open={open} title={t("admin.invitationsTitle")} footer={null} width={720} onCancel={() => setOpen(false)}>
        <Invitations />
      </Modal>
    </>
  );
}

function Invitations() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { language } = usePreferences();
  const { data, error, refetch } = useQuery(openInvitations);
  const withdrawing = useMutation({
    mutationFn: (one: Invitation) => ask("DELETE", `/invitations/${one.id}`, { version: one.version }),
    onSuccess: () => changedNoun("invitations"),
    onError: (problem) => void message.error(refusalWords(problem, t)),
  });
  if (error) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if ((data?.items ?? []).length === 0) return <EmptyNotice title={t("admin.noInvitations")} help={t("admin.noInvitationsHelp")} />;
  return (
    <ul className="plain-list">
      {data?.items.map((one) => (
        <li key={one.id}>
          <span>
            <b><CodeWord list="roles" code={one.role} /></b> {one.organisation_name} {one.email}
            <small className="quiet">
              <Time at={one.expires_at}>{t("admin.invitedBy", { by: one.created_by, until: instant(Date.parse(one.expires_at), language) })}</Time>
            </small>
          </span>
          <Button size="small" danger loading={withdrawing.isPending && withdrawing.variables.id === one.id} onClick={() => withdrawing.mutate(one)}>
            {t("admin.withdraw")}
          </Button>
        </li>
      ))}
    </ul>
  );
}
