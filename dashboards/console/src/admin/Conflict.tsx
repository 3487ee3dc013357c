/** Somebody else changed the thing meanwhile: what was, what they made of it, what I meant; theirs or mine, seen before. */
import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { useUnsaved } from "../app/unsaved";
import { changed, type Field, membersOf, same, valuesOf } from "./fields";
import type { Values } from "./noun";
import { ValueWords } from "./ValueWords";

interface ConflictProps {
  readonly fields: readonly Field[];
  readonly before: Values;
  readonly theirs: Values;
  readonly mine: Values;
  readonly pending: boolean;
  readonly onTheirs: () => void;
  /** Their thing with my changes on it. */
  readonly onMine: (values: Values) => void;
}

export function Conflict({ fields, before, theirs, mine, pending, onTheirs, onMine }: ConflictProps) {
  const { t } = useTranslation();
  useUnsaved(!pending);
  const was = valuesOf(fields, before);
  const is = valuesOf(fields, theirs);
  const meant = changed(was, mine);
  const named = fields.flatMap((field) => membersOf(field).map((name) => [name, field] as const));
  const differing = named.filter(([name]) => name in meant || !same(was[name], is[name]));
  return (
    <div className="conflict" role="alert" data-testid="conflict">
      <Alert type="warning" showIcon title={t("admin.conflict")} description={t("admin.conflictHelp")} />
      <div className="rows-frame" tabIndex={0} role="region" aria-label={t("admin.conflict")}>
        <table className="rows-table conflict-table">
          <thead>
            <tr>
              <th scope="col">{t("admin.member")}</th>
              <th scope="col">{t("admin.was")}</th>
              <th scope="col">{t("admin.theirs")}</th>
              <th scope="col">{t("admin.mine")}</th>
            </tr>
          </thead>
          <tbody>
            {differing.map(([name, field]) => (
              <tr key={name}>
                <th scope="row">{t(`admin.field.${field.word ?? field.name}`)}</th>
                <td><ValueWords value={was[name]} /></td>
                <td className={same(was[name], is[name]) ? "quiet" : "differs"}><ValueWords value={is[name]} /></td>
                <td className={name in meant ? "differs" : "quiet"}><ValueWords value={name in meant ? meant[name] : is[name]} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="form-tools">
        <Button loading={pending} type="primary" onClick={() => onMine({ ...is, ...meant })}>
          {t("admin.takeMine")}
        </Button>
        <Button onClick={onTheirs}>{t("admin.takeTheirs")}</Button>
      </div>
    </div>
  );
}
