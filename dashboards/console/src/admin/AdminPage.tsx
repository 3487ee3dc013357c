/** The administration: its sections at the side, each with an address of its own. What a role may not see is not there. */
import { Select } from "antd";
import { lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, NavLink, useNavigate } from "react-router";
import { EmptyNotice } from "../app/Notice";
import { PageLoading } from "../app/PageLoading";
import { useTitle } from "../app/title";
import { useMedia } from "../app/useMedia";
import "./admin.css";
import { GROUPS, type Place } from "./places";
import { SectionPage } from "./SectionPage";
import * as fleet from "./sections/fleet";
import * as people from "./sections/people";
import * as places from "./sections/places";
import * as service from "./sections/service";
import type { Section } from "./section";
import { useAddress } from "./useAddress";
import { useMay } from "./useMay";

const AuditPage = lazy(async () => ({ default: (await import("./audit/AuditPage")).AuditPage }));
const QuarantinePage = lazy(async () => ({ default: (await import("./quarantine/QuarantinePage")).QuarantinePage }));
const TemplatesPage = lazy(async () => ({ default: (await import("./templates/TemplatesPage")).TemplatesPage }));
const AlarmSettingsPage = lazy(async () => ({ default: (await import("./settings/AlarmSettingsPage")).AlarmSettingsPage }));
const ImportsPage = lazy(async () => ({ default: (await import("./imports/ImportsPage")).ImportsPage }));

const SECTIONS: Readonly<Record<string, Section>> = { ...people, ...places, ...fleet, ...service } as unknown as Readonly<Record<string, Section>>;
const OWN_PAGES: Readonly<Record<string, () => ReactNode>> = {
  audit: () => <AuditPage />,
  quarantine: () => <QuarantinePage />,
  templates: () => <TemplatesPage />,
  alarmSettings: () => <AlarmSettingsPage />,
  imports: () => <ImportsPage />,
};

export function AdminPage() {
  const { t } = useTranslation();
  const may = useMay();
  const { section } = useAddress();
  const groups = GROUPS.map((group) => ({ ...group, places: group.places.filter((place) => place.rights.some(may)) })).filter((group) => group.places.length > 0);
  const all = groups.flatMap((group) => group.places);
  const here = all.find((place) => place.path === section);
  const [first] = all;
  useTitle(here === undefined ? t("admin.title") : `${t(`admin.section.${here.key}`)} · ${t("admin.title")}`);
  if (section === "" && first !== undefined) return <Navigate to={`/admin/${first.path}`} replace />;
  return (
    <div className="admin">
      <h1 className="unseen">{t("admin.title")}</h1>
      <SideList groups={groups} here={here} />
      <div className="admin-main">
        {here === undefined ? (
          <EmptyNotice title={t("admin.noSection")} help={t("admin.noSectionHelp")} />
        ) : (
          <Suspense fallback={<PageLoading />}>
            <Content key={here.key} place={here} />
          </Suspense>
        )}
      </div>
    </div>
  );
}

function Content({ place }: { place: Place }) {
  const section = SECTIONS[place.key];
  if (section !== undefined) return <SectionPage section={section} />;
  const Own = OWN_PAGES[place.key];
  return Own === undefined ? null : <Own />;
}

function SideList({ groups, here }: { groups: readonly { key: (typeof GROUPS)[number]["key"]; places: readonly Place[] }[]; here: Place | undefined }) {
  const { t } = useTranslation();
  const phone = useMedia("(max-width: 899px)");
  const go = useNavigate();
  if (phone)
    return (
      <Select
        className="admin-sections"
        aria-label={t("admin.sections")}
        value={here?.path ?? null}
        options={groups.map((group) => ({ label: t(`admin.group.${group.key}`), options: group.places.map((place) => ({ value: place.path, label: t(`admin.section.${place.key}`) })) }))}
        onChange={(path: string) => void go(`/admin/${path}`)}
      />
    );
  return (
    <nav className="admin-side" aria-label={t("admin.sections")}>
      {groups.map((group) => (
        <div key={group.key}>
          <p className="admin-group">{t(`admin.group.${group.key}`)}</p>
          {group.places.map((place) => (
            <NavLink key={place.key} to={`/admin/${place.path}`} className="admin-link">
              {t(`admin.section.${place.key}`)}
            </NavLink>
          ))}
        </div>
      ))}
    </nav>
  );
}
