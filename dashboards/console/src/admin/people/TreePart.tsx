/** Where an organisation stands: those above it, and those directly below it. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { CodeWord } from "../../alarms/CodeWord";
import type { OrganisationDetail } from "../../api/types";
import { EmptyNotice } from "../../app/Notice";
import { ask, noun, type PageOf } from "../noun";
import { oneQuery } from "../useRows";

const organisations = noun<OrganisationDetail>("organisations");

export function TreePart({ organisation }: { organisation: OrganisationDetail }) {
  const { t } = useTranslation();
  const parent = useQuery({ ...oneQuery(organisations, organisation.parent_id ?? ""), enabled: organisation.parent_id !== null, retry: false });
  const below = useQuery({
    queryKey: ["admin", "organisations", "below", organisation.id],
    queryFn: ({ signal }) => ask<PageOf<OrganisationDetail>>("GET", "/organisations", { query: { parent: organisation.id, limit: 200 }, signal }),
  });
  const children = below.data?.items ?? [];
  return (
    <div className="tree">
      {parent.data !== undefined && <Branch organisation={parent.data} />}
      <p className={parent.data === undefined ? "tree-here" : "tree-here tree-below"}>
        <b>{organisation.name}</b> <small className="quiet"><CodeWord list="organisation_kinds" code={organisation.kind} /></small>
      </p>
      {children.length > 0 ? (
        <ul className="tree-children">
          {children.map((child) => (
            <li key={child.id}>
              <Branch organisation={child} />
            </li>
          ))}
        </ul>
      ) : (
        below.data !== undefined && <EmptyNotice title={t("admin.nobodyBelow")} help={t("admin.nobodyBelowHelp")} />
      )}
    </div>
  );
}

function Branch({ organisation }: { organisation: OrganisationDetail }) {
  return (
    <span>
      <Link to={`/admin/organisations/${organisation.id}?part=tree`}>{organisation.name}</Link>{" "}
      <small className="quiet"><CodeWord list="organisation_kinds" code={organisation.kind} /></small>
    </span>
  );
}
